import { expect, it } from "vitest";
import { ownSerialAccess, serialAccess } from "./serial-access.ts";

const DEBIAN = "root:x:0:\nuucp:x:10:\ndialout:x:20:ada\nada:x:1000:\n";
const ARCH = "root:x:0:\nuucp:x:986:\n";

it("the group that opens serial ports is Debian's, or Arch's", () => {
  expect(serialAccess(DEBIAN, [1000, 20], "ada", false)).toEqual({ allowed: true, group: "dialout", remedy: null });
  expect(serialAccess(ARCH, [986], "ada", false)).toEqual({ allowed: true, group: "uucp", remedy: null });
  expect(serialAccess("root:x:0:\n", [], "ada", false)).toEqual({ allowed: true, group: null, remedy: null });
});

it("who is not in it joins; who joined after logging in logs in again; root needs nothing", () => {
  expect(serialAccess(DEBIAN, [1000, 10], "bob", false).remedy).toBe("sudo usermod -aG dialout $USER, then log out and in again");
  expect(serialAccess(DEBIAN, [1000], "ada", false)).toMatchObject({
    allowed: false,
    remedy: expect.stringMatching(/^log out and in/) as string,
  });
  expect(serialAccess(DEBIAN, [0], "root", true).allowed).toBe(true);
});

it("of this process can be told on Linux", () => {
  expect(ownSerialAccess() === null).toBe(process.platform !== "linux");
});
