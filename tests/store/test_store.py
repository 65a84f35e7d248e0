"""The store that settings describe: where it is, whose key it uses, and what is said where that can't be.

It must not test what is kept.
It tests cds_service/store/store.py and the settings of the store.
"""

from pathlib import Path

import pytest

from cds_service.app import create_app
from cds_service.audit.pseudonym_keys import read_pseudonyms
from cds_service.config.settings import Settings
from cds_service.errors import SettingsError
from cds_service.store.store import check_store, database_of
from tests.builders import PATIENT, a_patient, call_of
from tests.service.remembering import decisions_in, remembering

pytestmark = pytest.mark.anyio

SECRET = "PASSWORD-7f3a"
ELSEWHERE = f"postgresql://user:{SECRET}@127.0.0.1:1/name"


async def test_a_password_is_nowhere_shown() -> None:
    """Neither in the settings, nor in what is said of a server that does not answer."""
    settings = Settings(database=ELSEWHERE, patient_key_file=Path(__file__))
    assert SECRET not in repr(settings)
    assert SECRET not in database_of(settings).shown
    with pytest.raises(SettingsError) as refused:
        await check_store(settings)

    assert SECRET not in str(refused.value)


async def test_a_server_that_does_not_answer_stops_the_start(tmp_path: Path) -> None:
    """Where it is, and what it says."""
    key = tmp_path / "keys"
    key.write_text("ab" * 32, encoding="ascii")
    with pytest.raises(SettingsError, match=r"user:\*\*\*@127\.0\.0\.1:1/name can't be used: "):
        await check_store(Settings(database=ELSEWHERE, patient_key_file=key))


def test_postgresql_wants_a_key_file() -> None:
    """Each machine would make a key of its own, and know nobody of the others' patients."""
    with pytest.raises(SettingsError, match="patient_key_file: is missing"):
        create_app(Settings(database=ELSEWHERE))


@pytest.mark.parametrize(
    "url,read",
    [
        ("postgresql://host/name", "postgresql+asyncpg://host/name"),
        ("postgres://u@host:5433/name?ssl=require", "postgresql+asyncpg://u@host:5433/name?ssl=require"),
        ("postgresql+asyncpg://u@/name?host=/run/postgresql", "postgresql+asyncpg://u@/name?host=/run/postgresql"),
        ("sqlite:////a/b", "sqlite:////a/b"),
    ],
)
def test_a_database_is_named_as_everywhere(url: str, read: str) -> None:
    """With or without the driver, which is always the same."""
    assert Settings(database=url).database_url() == read


@pytest.mark.parametrize("url", ["postgresql://host", "postgresql:///", "mysql://host/name", "postgresql://host/a b"])
def test_a_database_that_is_none_is_refused(url: str) -> None:
    """What was written is not repeated: it may hold a password."""
    with pytest.raises(ValueError, match="write sqlite:////absolute/path/of/a/file or postgresql://"):
        Settings(database=url)


async def test_a_rotated_key_forgets_nobody(tmp_path: Path) -> None:
    """Rows of before are found under the former key; new ones are written under the new one."""
    key = tmp_path / "keys"
    call = call_of(a_patient().with_history().with_lump().prefetch())
    for keys in (["ab" * 32], ["cd" * 32, "ab" * 32]):
        key.write_text("\n".join(keys), encoding="ascii")
        async with remembering(tmp_path, patient_key_file=key) as service:
            await service.call(call)

    rows = await decisions_in(service.settings)
    both = read_pseudonyms(key).patient("anonymous", PATIENT)
    assert sorted(str(row.patient_hash) for row in rows) == sorted(both)
    assert len({row.key_id for row in rows}) == 2
