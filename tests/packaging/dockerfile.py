"""The instructions of a Dockerfile, stage by stage.

It must not carry anything out; image.py does that.
Its tests are in test_dockerfile.py.
"""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its keyword in capitals, and all that follows as one line."""

    keyword: str
    value: str

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the exec form (a JSON array, after flags and CMD), else those that a shell would see."""
        start = self.value.find("[")
        if start >= 0 and self.value.endswith("]"):
            return tuple(json.loads(self.value[start:]))
        return tuple(shlex.split(self.value))


Stage = tuple[Instruction, ...]


def read_stages(path: Path) -> tuple[Stage, ...]:
    """The stages in order; each begins with its FROM."""
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#"))
    stages: list[list[Instruction]] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        keyword, _, value = line.strip().partition(" ")
        if keyword.upper() == "FROM":
            stages.append([])
        stages[-1].append(Instruction(keyword.upper(), value.strip()))
    return tuple(tuple(stage) for stage in stages)


def only(stage: Stage, keyword: str) -> Instruction:
    """The one instruction of that keyword; none or several are an error."""
    (found,) = (instruction for instruction in stage if instruction.keyword == keyword)
    return found


def environment(stage: Stage) -> dict[str, str]:
    """The variables that the stage's ENV instructions set."""
    words = [word for instruction in stage if instruction.keyword == "ENV" for word in instruction.words]
    return dict(word.split("=", 1) for word in words)
