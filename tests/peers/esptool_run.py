"""Runs Espressif's esptool with each command line of a JSON list, one after another, and prints what it says. Ends at the first failure."""

import json
import sys

import esptool

for arguments in json.loads(sys.argv[1]):
    print("$ esptool", *arguments, flush=True)
    esptool.main(arguments)
