"""Edit XML, leaving the rest as it was written."""

import xml.parsers.expat

from lxml import etree

WIDTH = 88  # columns; a longer start tag gets a line for each attribute


class Document:
    """One XML file.

    lxml forgets the layout of start tags; expat knows where each begins.
    """

    def __init__(self, content, name):
        """Parse ``content``.

        :param bytes content: of the file, UTF-8
        :param str name: of the file, for messages
        :raise etree.XMLSyntaxError: when it is not XML
        """
        self.name = name
        self.content = content
        parser = etree.XMLParser(strip_cdata=False, resolve_entities=False)
        self.root = etree.fromstring(content, parser)
        tags, self._head, self._tail = _start_tags(content)
        self._written, self._full = {}, set()
        for element, raw in zip(self.root.iter(etree.Element), tags):
            self._written[element] = (element.tag, dict(element.attrib), raw)
            if len(element) or element.text:
                self._full.add(element)

    def xpath(self, expression, **variables):
        """Return what an XPath finds, from the root."""
        return self.root.xpath(expression, **variables)

    def to_bytes(self):
        """Return the file as it is to be written."""
        parts = [self._head]
        self._write(self.root, parts, tail=False)
        parts.append(self._tail)
        return "".join(parts).encode()

    def _write(self, node, parts, tail=True):
        if not isinstance(node.tag, str):
            parts.append(etree.tostring(node, encoding="unicode", with_tail=False))
        else:
            start = self._start(node)
            parts.append(start)
            if not start.endswith("/>"):
                parts.append(_escaped(node.text))
                for child in node:
                    self._write(child, parts)
                parts.append("</%s>" % node.tag)
        if tail:
            parts.append(_escaped(node.tail))

    def _start(self, element):
        """Return the start tag of an element."""
        tag, attributes, raw = self._written.get(element, (None, None, None))
        empty = not len(element) and not element.text
        if raw is not None:
            if (tag, attributes) == (element.tag, dict(element.attrib)):
                if empty or not raw.endswith("/>"):
                    return raw
            # Browsers want <script></script>.
            empty = empty and (raw.endswith("/>") or element in self._full)
        several_lines = raw is not None and "\n" in raw
        words = ["%s=%s" % (name, _quoted(value))
                 for name, value in element.attrib.items()]
        end = " />" if empty else ">"
        line = "<" + " ".join([element.tag] + words) + end
        if not words or not several_lines and (raw is not None or len(line) <= WIDTH):
            return line
        indent = "\n" + _indent(element) + "    "
        return "<" + indent.join([element.tag] + words) + end


def _start_tags(content):
    """Return the start tags in their order, and what is before and after the root."""
    found, ends, depth = [], [0], [0]
    parser = xml.parsers.expat.ParserCreate("utf-8")

    def start(_name, _attributes):
        found.append(parser.CurrentByteIndex)
        depth[0] += 1

    def end(_name):
        depth[0] -= 1
        if not depth[0]:
            ends[0] = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(content, True)
    tags = [content[index:_end_of_tag(content, index)].decode() for index in found]
    head = content[:found[0]].decode()
    if content[ends[0]:ends[0] + 2] == b"</":
        ends[0] = _end_of_tag(content, ends[0])
    tail = content[ends[0]:].decode()
    return tags, head, tail


def _end_of_tag(content, index):
    """Return the index behind the tag that begins at ``index``."""
    quote = None
    for position in range(index, len(content)):
        character = content[position:position + 1]
        if quote:
            quote = None if character == quote else quote
        elif character in (b'"', b"'"):
            quote = character
        elif character == b">":
            return position + 1
    raise ValueError("a tag without an end")


def _indent(element):
    """Return the blanks before an element, from the text in front of it."""
    before = element.getprevious()
    text = before.tail if before is not None else element.getparent().text
    return (text or "").rsplit("\n", 1)[-1] if (text or "").strip() == "" else ""


def _escaped(text):
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(value):
    value = _escaped(value).replace("\n", "&#10;").replace("&gt;", ">")
    return '"%s"' % value.replace('"', "&quot;")


def remove(element):
    """Take an element out, and the blank line that it would leave."""
    parent, before = element.getparent(), element.getprevious()
    tail = element.tail or ""
    if tail.strip():
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    elif element.getnext() is None:
        # The parent's closing tag keeps its indentation.
        if before is not None:
            before.tail = tail
        else:
            parent.text = tail
    parent.remove(element)
