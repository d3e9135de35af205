"""The network map as a drawing: assets in columns by their kind, and the ways that data takes between them.

The same inventory gives the same drawing. It is plain SVG without styles, scripts or anything from elsewhere, in the
colour of the text around it; what it shows stands in the tables beside it, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scanner.base.record import record
from scanner.base.terminal import printable
from scanner.findings.report_document import AssetDocument, FlowDocument, InventoryDocument

MOST_DRAWN = 60
"""Assets in the drawing: more can't be read. Those that hold electronic protected health information come first."""
_COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("outside", ()),
    ("endpoints", ("endpoint",)),
    ("functions, queues", ("function", "queue")),
    ("roles", ("role",)),
    ("stores", ("store",)),
    ("logs, networks", ("log", "network", "key", "other")),
)
_WIDTH, _HEIGHT, _GAP, _APART, _TOP = 168, 34, 14, 72, 44
_LONGEST = 24


@record
class _Box:
    id: str
    label: str
    about: str
    column: int
    row: int
    marked: bool

    @property
    def x(self) -> int:
        return 8 + self.column * (_WIDTH + _APART)

    @property
    def y(self) -> int:
        return _TOP + self.row * (_HEIGHT + _GAP)


def svg(inventory: InventoryDocument) -> str:
    """The drawing; empty where there is no way between any two assets."""
    boxes = _boxes(inventory)
    flows = [each for each in inventory["flows"] if each["from"] in boxes and each["to"] in boxes]
    if not flows:
        return ""
    width = 16 + len(_COLUMNS) * (_WIDTH + _APART) - _APART
    height = _TOP + (1 + max(each.row for each in boxes.values())) * (_HEIGHT + _GAP)
    shown, all_ = len(boxes), len(_ends(inventory))
    about = (
        f"{shown} of {all_} assets and others with a way between them, {len(flows)} ways; the tables list all of them"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="map-title map-about" font-family="sans-serif" font-size="11" fill="currentColor" '
        'stroke="currentColor">',
        f'<title id="map-title">Network map</title><desc id="map-about">{_text(about)}</desc>',
        '<defs><marker id="map-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
        'markerUnits="userSpaceOnUse" '
        'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" stroke="none"/></marker></defs>',
    ]
    parts += [
        f'<text x="{8 + number * (_WIDTH + _APART)}" y="20" stroke="none" font-weight="bold">{_text(name)}</text>'
        for number, (name, _) in enumerate(_COLUMNS)
    ]
    parts += [_line(each, boxes) for each in flows]
    parts += [_drawn(each) for each in boxes.values()]
    return "\n".join([*parts, "</svg>"])


def name_of(end: str, assets: Mapping[str, AssetDocument]) -> str:
    """An end of a flow as people call it."""
    asset = assets.get(end)
    if asset is not None:
        return asset["name"]
    kind, colon, rest = end.partition(":")
    if kind == "internet":
        return rest or "the internet"
    if kind == "account" and colon:
        return f"account {rest}"
    if kind == "unread" and colon:
        return rest.rpartition(":")[2]
    return end.rpartition("#")[2]


def _ends(inventory: InventoryDocument) -> list[str]:
    return sorted({end for flow in inventory["flows"] for end in (flow["from"], flow["to"])})


def _boxes(inventory: InventoryDocument) -> dict[str, _Box]:
    assets = {each["id"]: each for each in inventory["assets"]}
    ends = _ends(inventory)
    near = _neighbours(inventory["flows"])
    health = {end for end in ends if end in assets and set(assets[end]["holds"]) & {"phi", "sud"}}

    def weight(end: str) -> tuple[int, int, str]:
        if end in health:
            return (0, 0, end)
        return (1 if near[end] & health else 2, -len(near[end]), end)

    chosen = sorted(sorted(ends, key=weight)[:MOST_DRAWN], key=lambda end: (name_of(end, assets).lower(), end))
    rows = [0] * len(_COLUMNS)
    boxes: dict[str, _Box] = {}
    for end in chosen:
        asset = assets.get(end)
        column = _column(end, asset)
        about = f"{asset['type']} {end}" if asset is not None else end
        holds = f", holds {', '.join(asset['holds'])}" if asset is not None and asset["holds"] else ""
        boxes[end] = _Box(end, name_of(end, assets), about + holds, column, rows[column], end in health)
        rows[column] += 1
    return boxes


def _column(end: str, asset: AssetDocument | None) -> int:
    if asset is None:
        return len(_COLUMNS) - 1 if end.startswith("unread:") else 0
    return next((number for number, (_, kinds) in enumerate(_COLUMNS) if asset["kind"] in kinds), len(_COLUMNS) - 1)


def _neighbours(flows: Sequence[FlowDocument]) -> dict[str, set[str]]:
    near: dict[str, set[str]] = {}
    for each in flows:
        near.setdefault(each["from"], set()).add(each["to"])
        near.setdefault(each["to"], set()).add(each["from"])
    return near


def _line(flow: FlowDocument, boxes: Mapping[str, _Box]) -> str:
    begin, end = boxes[flow["from"]], boxes[flow["to"]]
    middle = _HEIGHT // 2
    if begin.column == end.column:
        x = begin.x + _WIDTH
        path = f"M{x} {begin.y + middle}C{x + 40} {begin.y + middle} {x + 40} {end.y + middle} {x} {end.y + middle}"
    else:
        ahead = begin.column < end.column
        x1, x2 = (begin.x + _WIDTH, end.x) if ahead else (begin.x, end.x + _WIDTH)
        bend = (x2 - x1) // 2
        path = (
            f"M{x1} {begin.y + middle}C{x1 + bend} {begin.y + middle} {x2 - bend} {end.y + middle} "
            f"{x2} {end.y + middle}"
        )
    dashes = ' stroke-dasharray="2 3"' if not flow["sure"] else ' stroke-dasharray="6 3"'
    dashed = "" if flow["sure"] and flow["basis"] == "configured" else dashes
    wide = "2.4" if flow["crosses"] else "1"
    crossing = f", crosses {flow['crosses']}" if flow["crosses"] else ""
    told = f"{begin.label} {flow['relation']} {end.label} ({flow['basis']}{crossing})"
    return (
        f'<path d="{path}" fill="none" stroke-width="{wide}"{dashed} stroke-opacity="0.6" '
        f'marker-end="url(#map-arrow)"><title>{_text(told)}</title></path>'
    )


def _drawn(box: _Box) -> str:
    label = box.label if len(box.label) <= _LONGEST else f"{box.label[: _LONGEST - 1]}…"
    wide = "2.4" if box.marked else "1"
    return (
        f'<g><title>{_text(box.about)}</title><rect x="{box.x}" y="{box.y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" '
        f'class="box" fill="none" stroke-width="{wide}"/><text x="{box.x + 8}" y="{box.y + 21}" stroke="none">'
        f"{_text(label)}</text></g>"
    )


def _text(value: str) -> str:
    """Names are data: nothing in them is markup, and no character looks like none."""
    shown = printable(value)
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        shown = shown.replace(character, entity)
    return shown


__all__ = ["MOST_DRAWN", "name_of", "svg"]
