"""A page read as a browser without JavaScript reads it: elements, their text, the form and what it would send."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(("meta", "link", "input", "br", "img", "hr"))
"""Elements without an end (HTML, 13.1.2)."""


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def text(self) -> str:
        """All text in it, blanks as a reader sees them."""
        parts = (child if isinstance(child, str) else child.text() for child in self.children)
        return " ".join(" ".join(parts).split())

    def find_all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements in it with these attributes (`class_` for class); of a class, among others."""
        found: list[Element] = []
        for child in self.children:
            if isinstance(child, Element):
                if child.tag == tag and all(child.has(name, value) for name, value in attributes.items()):
                    found.append(child)
                found += child.find_all(tag, **attributes)
        return found

    def get(self, tag: str, **attributes: str) -> Element:
        """The one such element."""
        (element,) = self.find_all(tag, **attributes)
        return element

    def has(self, name: str, value: str) -> bool:
        if name == "class_":
            return value in self.attributes.get("class", "").split()
        return self.attributes.get(name) == value


class _Reader(HTMLParser):
    """Builds the tree, and insists that every element that is opened is closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def close(self) -> None:
        super().close()
        assert self._open == [self.root], f"<{self._open[-1].tag}> is never closed"


def read_page(html: str) -> Element:
    """The page as a tree."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.root


def read_fields(page: Element) -> dict[str, str]:
    """What the form would send as it stands."""
    fields: dict[str, str] = {}
    for element in page.get("form").find_all("input"):
        kind = element.attributes["type"]
        if kind != "radio" or "checked" in element.attributes:
            fields[element.attributes["name"]] = element.attributes["value"]
    return fields
