"""Stacks that perf recorded, with the functions that the compiler put inside others."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

FRAME = re.compile(r"^\s+([0-9a-f]+) (.*) \((.*)\)$")


@dataclass(frozen=True)
class Sample:
    """One moment: functions from the innermost outwards."""

    frames: list[str]
    # The system call that it was in; empty where it was not in the kernel.
    kernel: str


def read(data: Path, pid: int) -> list[Sample]:
    """All samples of a recording of a process that still runs."""
    program = Path(f"/proc/{pid}/exe").resolve()
    bias = _bias(pid, program)
    command = ["perf", "script", "-i", str(data), "--no-inline", "-F", "ip,sym,dso"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    raw = [_frames(block) for block in text.split("\n\n")]
    raw = [frames for frames in raw if frames]
    # Only the program's own frames can hold functions put inside others.
    addresses = {
        address - bias - (1 if depth else 0)
        for frames in raw
        for depth, (address, _, where) in enumerate(frames)
        if where == str(program)
    }
    inlined = _resolve(program, sorted(addresses))
    return [_sample(frames, str(program), bias, inlined) for frames in raw]


def crate(function: str) -> str:
    """The crate of a function, of `<a::B as c::D>::e` that of the type."""
    return re.sub(r"^[<&{(\s]*(?:mut |dyn )?", "", function).partition("::")[0].partition("[")[0]


def _frames(block: str) -> list[tuple[int, str, str]]:
    found = (FRAME.match(line) for line in block.splitlines())
    return [(int(each[1], 16), each[2], each[3]) for each in found if each]


def _sample(
    frames: list[tuple[int, str, str]], program: str, bias: int, inlined: dict[int, list[str]]
) -> Sample:
    names: list[str] = []
    call = ""
    for depth, (address, symbol, where) in enumerate(frames):
        if where == "[kernel.kallsyms]" or where.startswith("[kernel"):
            call = "?"
            continue
        if call == "?":
            call = symbol
        if where == program:
            names += inlined.get(address - bias - (1 if depth else 0), [symbol])
        else:
            names.append(f"{symbol} ({Path(where).name})")
    if call:
        names.insert(0, f"kernel: {call}")
    return Sample(names, call)


def _bias(pid: int, program: Path) -> int:
    """What to take off an address to find it in the file: the program is loaded anywhere."""
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        fields = line.split()
        if fields[-1] == str(program) and fields[2] == "00000000":
            return int(fields[0].partition("-")[0], 16)
    return 0


def _resolve(program: Path, addresses: list[int]) -> dict[int, list[str]]:
    """Functions at each address, innermost first."""
    command = ["addr2line", "-a", "-f", "-i", "-C", "-e", str(program)]
    asked = "\n".join(hex(address) for address in addresses)
    said = subprocess.run(command, input=asked, check=True, capture_output=True, text=True).stdout
    found: dict[int, list[str]] = {}
    current: list[str] = []
    names = True
    for line in said.splitlines():
        if line.startswith("0x"):
            current = found.setdefault(int(line, 16), [])
            names = True
            continue
        # Function and place take turns.
        if names:
            current.append(line)
        names = not names
    return found
