"""Stacks that perf recorded, with the functions that the compiler put inside others."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Address, function, file it was loaded from.
Raw = tuple[int, str, str]
FRAME = re.compile(r"^\s+([0-9a-f]+) (.*) \((.*)\)$")
DEPENDENCY = re.compile(r"/(?:registry/src/[^/]+|rust/deps)/([\w-]+?)-\d[^/]*/(.*)$")
STANDARD = re.compile(r"/rustc/[0-9a-f]+/library/\w+/src/(.*)$")
PLUGIN = re.compile(r"(?:^|/)plugins/([^/]+)/src/(.*)$")
# How symbols spell what they cannot hold.
ESCAPES = {"$LT$": "<", "$GT$": ">", "$u7b$": "{", "$u7d$": "}", "$u20$": " ", "..": "::"}
CORE = re.compile(r"(?:^|/)src/(.*)$")


@dataclass(frozen=True)
class Frame:
    """A function."""

    # "std" for the standard library, the file's name for what is not Rust.
    crate: str
    # File within the crate, and function.
    name: str

    def __str__(self) -> str:
        return f"{self.crate}  {self.name}"


@dataclass(frozen=True)
class Sample:
    """One moment: functions from the innermost outwards."""

    frames: list[Frame]
    # The libc function that entered the kernel; empty where it was not in the kernel.
    kernel: str


def read(data: Path, pid: int) -> list[Sample]:
    """All samples of a recording of a process that still runs."""
    code = _code(pid)
    command = ["perf", "script", "-i", str(data), "--no-inline", "-F", "ip,sym,dso"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    raw = [frames for frames in map(_raw, text.split("\n\n")) if frames]
    # Only the program's own frames can hold functions put inside others.
    addresses = {
        code.place(frame[0], depth)
        for frames in raw
        for depth, frame in enumerate(frames)
        if frame[2] == str(code.program)
    }
    inlined = _resolve(code.program, sorted(addresses))
    return [_sample(frames, code, inlined) for frames in raw]


@dataclass(frozen=True)
class Code:
    """Where the program's instructions are."""

    program: Path
    # Where it begins in memory.
    base: int
    # Where its instructions begin, in memory and in the file.
    start: int
    offset: int

    def place(self, address: int, depth: int) -> int:
        """The address as the program's own tables have it."""
        # perf gives offsets in the file for what it has found, and addresses for the rest.
        if address < self.base:
            address += self.start - self.offset
        # All but the innermost are addresses to return to: the call is before them.
        return address - self.base - (1 if depth else 0)


def _code(pid: int) -> Code:
    program = Path(f"/proc/{pid}/exe").resolve()
    maps = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    own = [fields for fields in maps if fields[-1] == str(program)]
    starts = [int(fields[0].partition("-")[0], 16) for fields in own]
    code = next(index for index, fields in enumerate(own) if "x" in fields[1])
    return Code(program, starts[0], starts[code], int(own[code][2], 16))


def _raw(block: str) -> list[Raw]:
    found = (FRAME.match(line) for line in block.splitlines())
    return [(int(each[1], 16), each[2], each[3]) for each in found if each]


def _sample(frames: list[Raw], code: Code, inlined: dict[int, list[Frame]]) -> Sample:
    found: list[Frame] = []
    entered = ""
    for depth, (address, symbol, where) in enumerate(frames):
        if where.startswith("[kernel"):
            entered = "?"
            continue
        if entered == "?":
            entered = symbol
        unknown = [Frame(Path(where).name, symbol)]
        own = where == str(code.program)
        found += inlined.get(code.place(address, depth), unknown) if own else unknown
    return Sample(found, entered)


def _resolve(program: Path, addresses: list[int]) -> dict[int, list[Frame]]:
    """Functions at each address, innermost first."""
    command = ["llvm-symbolizer", "--inlines", "--output-style=JSON", "-e", str(program)]
    asked = "\n".join(map(hex, addresses))
    said = subprocess.run(command, input=asked, check=True, capture_output=True, text=True).stdout
    answers = map(json.loads, said.splitlines())
    return {
        int(answer["Address"], 16): [
            frame_of(each["FileName"], each["FunctionName"]) for each in answer.get("Symbol", [])
        ]
        for answer in answers
    }


def frame_of(file: str, function: str) -> Frame:
    """A function by the place of its source, which tells the crate, and the name a tool gives."""
    short = _short(function)
    if found := DEPENDENCY.search(file):
        return Frame(found[1], f"{found[2].removeprefix('src/')} {short}")
    if found := STANDARD.search(file):
        return Frame("std", f"{found[1]} {short}")
    if found := PLUGIN.search(file):
        return Frame(f"portico-{found[1]}", f"{found[2]} {short}")
    if found := CORE.search(file):
        return Frame("portico", f"{found[1]} {short}")
    return Frame(Path(file).name or "?", short)


def _short(function: str) -> str:
    """The last two parts of a path, without its types and the compiler's additions."""
    name = re.sub(r" \(\.llvm\.\d+\)$|::h[0-9a-f]{16}", "", function)
    for written, meant in ESCAPES.items():
        name = name.replace(written, meant)
    before = ""
    while name != before:
        before, name = name, re.sub(r"<[^<>]*>", "", name)
    return "::".join([part for part in name.split("::") if part.strip("_")][-2:])
