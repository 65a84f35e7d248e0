"""The command that writes the knowledge."""

from pathlib import Path

from typer.testing import CliRunner

from cds_service.cli.main import app
from cds_service.profiles.profile import profile_names
from cds_service.publication.artefacts.library import builders
from cds_service.publication.pages import FIRST, LAST


def test_the_knowledge_is_written_into_a_folder(tmp_path: Path) -> None:
    """Documents and artefacts; what is made no longer goes, what somebody else made stays."""
    old, other = tmp_path / "fhir" / "ValueSet-gone.json", tmp_path / "fhir" / "notes.json"
    old.parent.mkdir()
    old.touch()
    other.touch()

    result = CliRunner().invoke(app, ["publish", str(tmp_path)])

    assert result.exit_code == 0
    assert f"{len(builders()) + 3 + len(profile_names())} documents written" in result.output
    pages = {"rules.md", "intended-use.md", "quiet.md"}
    assert {path.name for path in tmp_path.iterdir()} == {*pages, "integrate", "fhir"}
    assert (tmp_path / "fhir" / "ValueSet-headache.json").is_file()
    assert not old.exists()
    assert other.exists()


def test_the_table_of_a_readme_is_made_anew_between_its_markers(tmp_path: Path) -> None:
    """And nothing else of it is touched."""
    readme = tmp_path / "README.md"
    readme.write_text(f"# Title\n\n{FIRST}\nold\n{LAST}\n\nEnd\n", encoding="utf-8")

    result = CliRunner().invoke(app, ["publish", str(tmp_path / "docs"), "--readme", str(readme)])

    text = readme.read_text(encoding="utf-8")
    assert result.exit_code == 0
    assert text.startswith(f"# Title\n\n{FIRST}\n| rules | about |\n")
    assert text.endswith(f"|\n{LAST}\n\nEnd\n")
    assert "old" not in text


def test_a_readme_without_markers_is_left_as_it_is(tmp_path: Path) -> None:
    """The message says which lines to put where the table is to stand."""
    readme = tmp_path / "README.md"
    readme.write_text("# Title\n", encoding="utf-8")

    result = CliRunner().invoke(app, ["publish", str(tmp_path / "docs"), "--readme", str(readme)])

    assert result.exit_code == 1
    assert FIRST in result.output.replace("\n", " ")
    assert readme.read_text(encoding="utf-8") == "# Title\n"
