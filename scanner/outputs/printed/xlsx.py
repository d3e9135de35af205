"""A workbook for people who sort and filter: one sheet a table, all of them text and numbers, never a formula.

The same report gives the same bytes: the archive is packed again without the times and rights of temporary files.
"""

from __future__ import annotations

import datetime
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.base.extras import MissingExtraError
from scanner.base.terminal import printable
from scanner.outputs.printed.tables import Cell, Sheet, sheets

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]  # ships no types
    from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]  # likewise
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # likewise

    from scanner.findings.report_document import ReportDocument
    from scanner.outputs.shared.render_options import RenderOptions

# "Excel specifications and limits": 32,767 characters a cell and 1,048,576 rows a sheet.
MOST_CHARACTERS = 32_000
MOST_ROWS = 1_048_000
# As the first character these make a formula of a text that somebody edits or saves as CSV; such cells are marked as
# quoted text. The wide forms are read like the narrow ones in some languages.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first that a zip archive can say
_FONT = {"font_name": "Calibri", "font_size": 10, "valign": "top"}


def render(report: ReportDocument, _options: RenderOptions) -> bytes:
    """Raises MissingExtraError where xlsxwriter is not installed."""
    try:
        from xlsxwriter import Workbook  # type: ignore[import-untyped]  # ships no types
    except ImportError:
        raise MissingExtraError("xlsx") from None
    with tempfile.TemporaryDirectory(prefix="tenantproof-") as folder:
        path = Path(folder) / "report.xlsx"
        # With constant memory a row is written as soon as the next begins.
        with Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        ) as book:
            _fill(book, report)
        return _repacked(path)


def _fill(book: Workbook, report: ReportDocument) -> None:
    made = datetime.datetime.fromisoformat(report["generated_at"]).replace(tzinfo=None)
    book.set_properties({"title": "tenantproof report", "author": _maker(report), "created": made})
    styles = _Styles(book)
    for sheet in sheets(report):
        _write(book, sheet, styles)


def _maker(report: ReportDocument) -> str:
    return printable(f"{report['tool']['name']} {report['tool']['version']}")


class _Styles:
    def __init__(self, book: Workbook) -> None:
        self.head: Format = book.add_format(
            _FONT | {"bold": True, "bg_color": "#E9EDF1", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self.text: Format = book.add_format(_FONT | {"text_wrap": True})
        self.quoted: Format = book.add_format(_FONT | {"text_wrap": True, "quote_prefix": True})
        self.number: Format = book.add_format(_FONT | {"num_format": "#,##0"})


def _write(book: Workbook, sheet: Sheet, styles: _Styles) -> None:
    page = book.add_worksheet(sheet.title)
    page.freeze_panes(1, 0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_footer("&L&A&RPage &P of &N")
    for index, column in enumerate(sheet.columns):
        page.set_column(index, index, column.width, styles.text)
        page.write_string(0, index, column.title, styles.head)
    last = 0
    for last, row in enumerate(sheet.rows, 1):
        if last > MOST_ROWS:
            page.write_string(last, 0, "a sheet holds no more rows: the JSON report has them all", styles.text)
            break
        for index, cell in enumerate(row):
            _cell(page, (last, index), cell, styles)
    page.autofilter(0, 0, last, len(sheet.columns) - 1)


def _cell(page: Worksheet, place: tuple[int, int], cell: Cell, styles: _Styles) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, int):
        page.write_number(*place, cell, styles.number)
        return
    shown = printable(cell, keep="\n")[:MOST_CHARACTERS]
    page.write_string(*place, shown, styles.quoted if cell.startswith(_FORMULA) else styles.text)


def _repacked(path: Path) -> bytes:
    """The same members without the times and rights of the temporary files that they were made of."""
    buffer = BytesIO()
    with (
        zipfile.ZipFile(path) as made,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed,
    ):
        for name in made.namelist():
            member = zipfile.ZipInfo(name, _EARLIEST)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            with made.open(name) as source, packed.open(member, "w") as target:
                while block := source.read(1 << 20):
                    target.write(block)
    return buffer.getvalue()
