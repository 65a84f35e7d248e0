"""The Dockerfile's reader, and what can be said of our Dockerfile without building it.

It must not build anything; test_image.py does.
It is itself the tests of dockerfile.py.
"""

from pathlib import Path

from tests.packaging.dockerfile import environment, only, read_stages

REPOSITORY = Path(__file__).parents[2]


def test_continued_lines_and_comments_are_read_as_docker_reads_them(tmp_path: Path) -> None:
    """A comment inside a continued instruction is left out, and each FROM starts a stage."""
    path = tmp_path / "Dockerfile"
    path.write_text(
        '# x\nFROM a AS b\nRUN one \\\n# why\n  && two\nFROM c\nENV A=1 \\\n B="2 3"\nCMD ["d", "e"]\n', "utf-8"
    )
    first, final = read_stages(path)
    assert only(first, "RUN").words == ("one", "&&", "two")
    assert environment(final) == {"A": "1", "B": "2 3"}
    assert only(final, "CMD").words == ("d", "e")


def test_both_stages_start_from_the_same_image_with_its_minor_version() -> None:
    """The environment that one stage fills is carried into the other, so their Pythons must be equal."""
    first, final = read_stages(REPOSITORY / "Dockerfile")
    assert only(first, "FROM").words[0] == only(final, "FROM").words[0] == "python:3.11-slim-bookworm"


def test_the_final_stage_runs_as_a_numeric_user_in_production() -> None:
    """Not root, and by number, so that an orchestrator can see that it is not root."""
    final = read_stages(REPOSITORY / "Dockerfile")[-1]
    assert all(part.isdigit() and part != "0" for part in only(final, "USER").value.split(":"))
    assert environment(final)["RECURRENCE_CDS_PROFILE"] == "production"
