"""The README's table under “When something does not work” says what the program says.

`python -m tests.unit.words.test_readme_table` writes it anew."""

from __future__ import annotations

from pathlib import Path

from app.domain.problems import ProblemCode
from app.words.lookup import everything
from app.words.troubleshooting import Row

README = Path(__file__).parents[3] / "README.md"
BEGIN = "| what you see | what it means | what to do |\n|---|---|---|\n"
OWN = {code.value for code in ProblemCode}
CODES = 4


def readme_table() -> str:
    return BEGIN + "".join(
        f"| {_seen(row)} | {_cell(row.words()[1])} | {_cell(row.words()[2])} |\n" for row in common()
    )


def common() -> list[Row]:
    return [row for row in everything() if row.readme]


def _seen(row: Row) -> str:
    title = f"*{_cell(row.words()[0])}*"
    codes = [f"`{_cell(code)}`" for code in row.codes if code not in OWN and code.casefold() != row.title.casefold()]
    more = ", …" if len(codes) > CODES else ""
    return f"{title}: {', '.join(codes[:CODES])}{more}" if codes else title


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def table_in(readme: str) -> str:
    begin = readme.index(BEGIN)
    lines = readme[begin:].splitlines(keepends=True)
    end = next((n for n, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return "".join(lines[:end])


def test_the_readme_says_what_the_program_says() -> None:
    readme = README.read_text(encoding="utf-8")
    assert table_in(readme) == readme_table(), "write it anew: python -m tests.unit.words.test_readme_table"


def test_the_readme_has_the_common_ones_only() -> None:
    assert 28 <= len(common()) <= 45
    readme = README.read_text(encoding="utf-8")
    section = readme[readme.index("## When something does not work") :].partition("\n## ")[0]
    assert "hitchpost explain" in section and "F1" in section


if __name__ == "__main__":
    whole = README.read_text(encoding="utf-8")
    README.write_text(whole.replace(table_in(whole), readme_table()), encoding="utf-8")
