"""Reads a recording with the mcap library and prints what is in it, as one JSON object.

mcap_read.py FILE
topics: by name, with message count, encoding, channel metadata, schema, and the first and last message (decoded when JSON).
metadata: records by name. statistics: as the file's summary says, or null when it has none (a recording that was cut short).
"""

import json
import sys

from mcap.exceptions import McapError
from mcap.reader import NonSeekingReader, make_reader


def decoded(channel, message):
    data = json.loads(message.data) if channel.message_encoding == "json" else message.data.hex()
    return {"sequence": message.sequence, "log_time": message.log_time, "publish_time": message.publish_time, "data": data}


def described(schema):
    if schema is None:
        return None
    text = schema.data.decode()
    return {"name": schema.name, "encoding": schema.encoding, "data": json.loads(text) if schema.encoding == "jsonschema" else text}


def read(file):
    reader = make_reader(file)
    try:
        summary = reader.get_summary()
    except McapError:
        summary = None
    # Without a summary at its end, a file is still readable from its beginning.
    if summary is None:
        file.seek(0)
        reader = NonSeekingReader(file)
    topics = {}
    cut_short = False
    try:
        for schema, channel, message in reader.iter_messages(log_time_order=False):
            topic = topics.setdefault(
                channel.topic,
                {"count": 0, "encoding": channel.message_encoding, "metadata": channel.metadata, "schema": described(schema)},
            )
            topic["count"] += 1
            topic["last"] = decoded(channel, message)
            topic.setdefault("first", topic["last"])
    except McapError:
        if summary is not None:
            raise
        cut_short = True
    metadata = {} if summary is None else {record.name: record.metadata for record in reader.iter_metadata()}
    statistics = None if summary is None or summary.statistics is None else {
        "message_count": summary.statistics.message_count,
        "start_time": summary.statistics.message_start_time,
        "end_time": summary.statistics.message_end_time,
    }
    return {"topics": topics, "metadata": metadata, "statistics": statistics, "cut_short": cut_short}


with open(sys.argv[1], "rb") as recording:
    print(json.dumps(read(recording), indent=1))
