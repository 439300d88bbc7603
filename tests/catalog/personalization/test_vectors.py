"""Which drawings are taken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.personalization.vectors import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, DrawingRefused, check_drawing

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawing(inner: str = "", attributes: str = 'viewBox="0 0 10 10"') -> bytes:
    return f"{HEAD} {attributes}>{inner}</svg>".encode()


def code_of(data: bytes) -> str:
    with pytest.raises(DrawingRefused) as refused:
        check_drawing(data)
    assert str(refused.value)
    return refused.value.code


@pytest.mark.parametrize(
    "data",
    [
        drawing(),
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- a crest -->' + drawing("<path d='M0 0L9 9'/>"),
        b"\xef\xbb\xbf" + drawing("<circle r='4'/>"),
        drawing("<defs><g id='a'><rect width='1' height='1'/></g></defs><use href='#a'/><use xlink:href='#a' x='2'/>"),
        drawing("<linearGradient id='g'><stop offset='0'/></linearGradient><rect fill='url(#g)' width='4'/>"),
        drawing("<style>.a{fill:none;clip-path:url( '#c' )}</style><path class='a' d='M0 0'/>"),
        drawing("<style><![CDATA[ .a > .b { stroke: #000 } ]]></style>"),
        drawing("<text x='1' y='1'>Ada &amp; Bea, 5 &lt; 6 &#9829; one</text>"),
        drawing(
            "<metadata><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></metadata>"
            "<i:namedview xmlns:i='http://www.inkscape.org/namespaces/inkscape' i:file='C:\\crest.svg'/>"
        ),
        drawing("<title>A song: on the road, javascript for beginners</title>"),
        drawing("<g>" * (MAX_DEPTH - 1) + "</g>" * (MAX_DEPTH - 1)),
    ],
    ids=range(11),
)
def test_what_editors_write_is_taken(data: bytes) -> None:
    check_drawing(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_well_formed"),
        (b"\x89PNG\r\n\x1a\n", "encoding"),
        (drawing("<g>"), "not_well_formed"),
        (drawing() + drawing(), "not_well_formed"),
        (drawing("&mine;"), "not_well_formed"),
        (drawing().decode().encode("utf-16"), "encoding"),
        (drawing().decode().encode("utf-16-le"), "encoding"),
        (drawing("\xff").decode().encode("latin-1"), "encoding"),
        (b'<?xml version="1.0" encoding="UTF-7"?>' + drawing(), "encoding"),
        (b"<!DOCTYPE svg>" + drawing(), "document_type"),
        (b'<!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>' + drawing("&c;"), "document_type"),
        (b'<!DOCTYPE svg SYSTEM "file:///etc/passwd">' + drawing(), "document_type"),
        (b'<?xml-stylesheet href="http://evil.example/a.css"?>' + drawing(), "instruction"),
        (b"<html><body/></html>", "not_svg"),
        (b"<svg/>", "not_svg"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "not_svg"),
        (drawing("<script>alert(1)</script>"), "element"),
        (drawing("<SCRIPT>alert(1)</SCRIPT>"), "element"),
        (drawing("<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>"), "element"),
        (drawing("<i:script xmlns:i='http://www.inkscape.org/namespaces/inkscape'/>"), "element"),
        (drawing("<x xmlns=''/>"), "element"),
        (drawing("<foreignObject/>"), "element"),
        (drawing("<iframe/>"), "element"),
        (drawing("<image href='#a'/>"), "element"),
        (drawing("<a href='#a'/>"), "element"),
        (drawing("<set attributeName='href' to='javascript:alert(1)'/>"), "element"),
        (drawing("<animate attributeName='href' values='#a'/>"), "element"),
        (drawing("<style>.a{}<g/></style>"), "element"),
        (drawing("<g onclick='alert(1)'/>"), "event"),
        (drawing(attributes="OnLoad='alert(1)'"), "event"),
        (drawing("<use href='http://evil.example/a.svg#a'/>"), "reference"),
        (drawing("<use xlink:href='//evil.example/a.svg#a'/>"), "reference"),
        (drawing("<use href='a.svg#a'/>"), "reference"),
        (drawing("<use href='data:image/svg+xml;base64,AAAA'/>"), "reference"),
        (drawing("<use href='java&#9;script:alert(1)'/>"), "reference"),
        (drawing("<g xml:base='http://evil.example/'/>"), "reference"),
        (drawing("<g fill='url(http://evil.example/a)'/>"), "reference"),
        (drawing("<g style='fill:URL( \"//evil.example\" )'/>"), "reference"),
        (drawing("<style>@import '//evil.example/a.css';</style>"), "reference"),
        (drawing("<style>@imp<![CDATA[ort '//evil.example/a.css']]>;</style>"), "reference"),
        (drawing("<style>@font-face{font-family:a}</style>"), "reference"),
        (drawing("<style>.a{background:image-set('//evil.example/a' 1x)}</style>"), "reference"),
        (drawing(r"<style>@\69mport '//evil.example/a.css';</style>"), "escape"),
        (drawing(r"<g fill='\75rl(//evil.example)'/>"), "escape"),
        (drawing("<g class='java script:'/>"), "script"),
        (drawing("<g/>" * MAX_ELEMENTS), "too_many_elements"),
        (drawing("<g>" * MAX_DEPTH + "</g>" * MAX_DEPTH), "too_deep"),
        (drawing("<use href='#a'/>" * 201), "too_many_copies"),
        (drawing(" " * MAX_BYTES), "too_large"),
    ],
    ids=range(49),
)
def test_what_could_run_reach_out_or_never_end_is_refused_by_name(data: bytes, code: str) -> None:
    assert code_of(data) == code


@given(st.binary(max_size=200) | st.text(max_size=200).map(drawing))
def test_whatever_comes_is_taken_or_refused(data: bytes) -> None:
    try:
        check_drawing(data)
    except DrawingRefused as refused:
        assert refused.code
