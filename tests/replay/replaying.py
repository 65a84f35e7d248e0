"""The command `replay` on the store of a folder, and calls to replay: made, kept and archived.

It must not check a replay.
Its tests are those that import it.
"""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import anyio.to_thread
from typer.testing import CliRunner, Result

from cds_service.audit.decision import Decision
from cds_service.cli.main import app
from cds_service.config.settings import PREFIX, Settings
from cds_service.store.database import Database
from cds_service.store.decision_rows import DecisionRows
from tests.service.remembering import decisions_in, remembering

SAME, DIFFERENT, CANNOT = 0, 1, 2


class Archive:
    """One call with its answer in files, and the decision that is kept of it."""

    def __init__(self, folder: Path, settings: Settings, request: bytes, answer: bytes, decision: Decision) -> None:
        self.folder = folder
        self.settings = settings
        self.decision = decision
        (folder / "request.json").write_bytes(request)
        (folder / "answer.json").write_bytes(answer)

    @property
    def answer(self) -> dict[str, Any]:
        """The answer that was sent."""
        found: dict[str, Any] = json.loads((self.folder / "answer.json").read_bytes())
        return found

    async def replay(self, *more: str, decision: Decision | None = None) -> Result:
        """What the command says of the archived request."""
        whose = (decision or self.decision).id
        return await ran(self.settings, "replay", str(self.folder / "request.json"), "--decision", whose, *more)

    async def found(self, *more: str, decision: Decision | None = None) -> dict[str, Any]:
        """What it says as JSON."""
        result = await self.replay("--json", *more, decision=decision)
        found: dict[str, Any] = json.loads(result.stdout)
        return found | {"exit": result.exit_code}

    async def kept_otherwise(self, answer: object = None, **changed: object) -> Decision:
        """Another decision on the same call, as if another version had made it; its answer is in the archive."""
        if answer is not None:
            self.file("answer.json", answer)
            changed["answer_digest"] = sha256(_bytes_of(answer)).hexdigest()
        other: Decision = replace(self.decision, id=f"other-{len(changed)}", **changed)  # type: ignore[arg-type]
        database = Database(self.settings.database_url())
        await DecisionRows(database).write((other,))
        await database.close()
        return other

    def file(self, name: str, content: object) -> str:
        """A further file of the archive."""
        (self.folder / name).write_bytes(_bytes_of(content))
        return str(self.folder / name)


def _bytes_of(content: object) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


async def ran(settings: Settings, *arguments: str) -> Result:
    """A command with these settings; it runs an event loop of its own, which it can't in the one of the test."""
    changed = settings.model_dump(mode="json", exclude_unset=True)
    given = {f"{PREFIX}{name.upper()}": str(value) for name, value in changed.items()}
    return await anyio.to_thread.run_sync(lambda: CliRunner().invoke(app, arguments, env=given))


async def archived(folder: Path, body: object, **settings: Any) -> Archive:  # noqa: ANN401 - what Settings takes
    """The archive of a call that was just answered."""
    async with remembering(folder, **settings) as service:
        response = await service.call(body)
    (decision,) = await decisions_in(service.settings)
    return Archive(folder, service.settings, _bytes_of(body), response.content, decision)
