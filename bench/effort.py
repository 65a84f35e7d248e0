"""`python -m bench.effort`: what fixed calls take, counted and not timed: the same on every run of the same Python.

It never changes the service, and starts no server.
Tests: tests/packaging/test_effort.py compares what it counts with bench/effort.toml.
"""

import argparse
import os
import sys
import tomllib
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Final

from bench import call, charts
from bench.charts import Variant
from bench.evidence import AS_OF
from cds_service.clock import FixedClock
from cds_service.config.settings import Settings
from cds_service.fhir.chart.sources import TEMPLATES
from cds_service.hooks import patient_view, warm_up
from cds_service.hooks.context import HookContext
from cds_service.security.egress import FhirClient

FILE: Final = Path(__file__).with_name("effort.toml")
CALLS: Final = tuple((variant, size) for variant in Variant for size in (50, 500))
WARM_CALLS: Final = 3
Counts = Mapping[str, int]
HEAD: Final = """\
# What fixed calls take, by version of Python: `make effort` writes this file anew.
# instructions: bytecode instructions of Python code. kilobytes: the most memory held at a time, the body not counted.
"""


def counted() -> dict[str, Counts]:
    """What each call takes, by its name."""
    warm_up()
    settings = Settings()
    context = HookContext.for_anonymous(settings, FixedClock(AS_OF), FhirClient(settings.egress_options()))
    return {f"{variant}-{size}": _of(variant, size, context) for variant, size in CALLS}


def _of(variant: Variant, size: int, context: HookContext) -> Counts:
    chart = charts.chart(size, variant, types=call.asked_types(TEMPLATES))
    body = bytearray(call.request_body(chart, TEMPLATES))

    def answer() -> None:
        coroutine = patient_view.SERVICE.call(body, context).__await__()
        try:
            next(coroutine)
        except StopIteration:
            return
        raise AssertionError("a call with its chart in prefetch waits for nothing")

    for _ in range(WARM_CALLS):
        answer()
    _instructions(answer)  # Python 3.12 counts nothing the first time
    return {"instructions": _instructions(answer), "kilobytes": _kilobytes(answer)}


def _instructions(work: Callable[[], None]) -> int:
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:  # noqa: ANN401 - as sys.settrace has it
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
    return count


def _kilobytes(work: Callable[[], None]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] // 1000
    finally:
        tracemalloc.stop()


def stored() -> dict[str, dict[str, Counts]]:
    """The figures of the file: by version of Python, then by call."""
    return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def version() -> str:
    """The version of Python as the file has it."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def as_toml(figures: Mapping[str, Mapping[str, Counts]]) -> str:
    """The file."""
    lines = [HEAD]
    for python, calls in sorted(figures.items()):
        lines.append(f'["{python}"]')
        lines += [
            f"{name} = {{ {', '.join(f'{what} = {number:_}' for what, number in counts.items())} }}"
            for name, counts in calls.items()
        ]
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """The exit code: 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.effort", description="What fixed calls take, counted.")
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name}")
    options = parser.parse_args()
    figures = {version(): counted()}
    if options.write:
        FILE.write_text(as_toml(stored() | figures), encoding="utf-8")
    sys.stdout.write(as_toml(figures))
    return 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, sys.orig_argv, os.environ | {"PYTHONHASHSEED": "0"})  # noqa: S606 - itself
    sys.exit(main())
