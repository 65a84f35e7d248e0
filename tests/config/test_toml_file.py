"""TOML files: on which line a key stands, however it is written.

It must not know what keys mean.
It tests cds_service/config/toml_file.py.
"""

from pathlib import Path

import pytest

from cds_service.config.toml_file import Keys, read_toml

TEXT = '''# a comment
plain = 1
dotted.key = 2
"quoted key" = 3
many = [
  1,
  2,
]
long = """
plain = "not this one"
[[tables]]
"""

[table]
inner = { a = 1, b = [1, 2] }

[[tables]]
name = "first"

[[tables]]
  name = "second"
  [[tables.deep]]
  x = 1
  [[tables.deep]]
  x = 2
last = 1
'''


@pytest.mark.parametrize("keys, line", [
    (("plain",), 2), (("dotted",), 3), (("dotted", "key"), 3), (("quoted key",), 4), (("many",), 5), (("many", 1), 5),
    (("long",), 9), (("table",), 14), (("table", "inner"), 15), (("table", "inner", "b", 0), 15),
    (("tables",), 17), (("tables", 0), 17), (("tables", 0, "name"), 18), (("tables", 1), 20),
    (("tables", 1, "name"), 21),
    (("tables", 1, "deep", 0), 22), (("tables", 1, "deep", 1, "x"), 25), (("tables", 1, "deep", 1, "last"), 26),
    (("tables", 1, "missing"), 20), (("tables", 7), 17), (("missing",), 0), ((), 0),
])  # fmt: skip
def test_a_key_has_the_line_on_which_it_is_written(keys: Keys, line: int, tmp_path: Path) -> None:
    """What is not there has the line of the innermost table around it that is; 0 is the whole file."""
    path = tmp_path / "a.toml"
    path.write_text(TEXT, encoding="utf-8")
    file = read_toml(path)

    assert file.line(keys) == line
    assert file.place(keys) == (f"{path}, line {line}" if line else str(path))


def test_a_file_does_not_show_what_it_holds(tmp_path: Path) -> None:
    """It may be a key."""
    path = tmp_path / "a.toml"
    path.write_text('x = "CANARY"', encoding="utf-8")

    assert "CANARY" not in repr(read_toml(path))


@pytest.mark.parametrize("content, said", [(b"x = ", "is not valid TOML"), (b"\xff", "is not valid TOML")])
def test_a_file_that_can_not_be_read_says_why(content: bytes, said: str, tmp_path: Path) -> None:
    """With its name."""
    path = tmp_path / "a.toml"
    path.write_bytes(content)

    with pytest.raises(ValueError, match=said):
        read_toml(path)
    with pytest.raises(ValueError, match="can't be read"):
        read_toml(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    """Editors on Windows write one."""
    file = tmp_path / "settings.toml"
    file.write_bytes(b"\xef\xbb\xbfplain = 1\n")

    found = read_toml(file)

    assert found.data == {"plain": 1}
    assert found.place(("plain",)) == f"{file}, line 1"
