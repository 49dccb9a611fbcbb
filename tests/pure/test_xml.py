"""XML: what is written is read back, and nothing but small plain trees is read at all."""

from __future__ import annotations

import time
from collections.abc import Sequence
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.pure import xml
from tests.pure.refusing import outcome, refusal

NS = xml.NAMESPACE
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Text that XML 1.0 can hold: no control characters but tab and line ends, no lone surrogates.
texts = st.text(
    st.characters(
        codec="utf-8",
        blacklist_categories=["Cc", "Cs"],
        blacklist_characters="\ufffe\uffff",
        whitelist_characters="\t\n\r\x7f\x85",
    ),
    max_size=30,
)
names = st.sampled_from(["Key", "Value", "Tag", "A"])
leaves: st.SearchStrategy[xml.Child] = st.tuples(names, texts)
trees: st.SearchStrategy[Sequence[xml.Child]] = st.recursive(
    st.lists(leaves, min_size=1, max_size=4),
    lambda inner: st.lists(st.tuples(names, inner), min_size=1, max_size=3),
    max_leaves=20,
)


def as_child(element: xml.Element) -> xml.Child:
    if element.children:
        return (element.name, [as_child(child) for child in element.children])
    return (element.name, element.text)


def depth(children: Sequence[xml.Child]) -> int:
    return 1 + max(0 if isinstance(value, str) else depth(value) for _, value in children)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a", "a"),
        ("", ""),
        ("a<b>&c", "a&lt;b&gt;&amp;c"),
        ('"it\'s"', '"it\'s"'),
        ("]]>", "]]&gt;"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\rb", "a&#xD;b"),
        ("\x01\x1f", "&#x1;&#x1F;"),
        ("\x00", "&#x0;"),
        ("\x7f\x85", "\x7f\x85"),
        ("\ufffe\uffff", "&#xFFFE;&#xFFFF;"),
        ("é☃\U0001f525", "é☃\U0001f525"),
        ("\ud800", "&#55296;"),
        ("&amp;", "&amp;amp;"),
    ],
)
def test_every_character_is_written(text: str, written: str) -> None:
    expected = f"{HEAD}<R><Key>{written}</Key></R>"
    assert xml.render("R", [("Key", text)], namespace=False) == expected.encode()
    assert xml.render("R", text) == f'{HEAD}<R xmlns="{NS}">{written}</R>'.encode()


def test_a_tree_is_written_in_order() -> None:
    tree: list[xml.Child] = [
        ("Owner", [("ID", "1")]),
        ("Buckets", []),
        ("Prefix", ""),
        ("Owner", (("ID", "2"),)),
    ]
    assert xml.render("List", tree, namespace=False).decode() == (
        f"{HEAD}<List><Owner><ID>1</ID></Owner><Buckets></Buckets><Prefix></Prefix>"
        "<Owner><ID>2</ID></Owner></List>"
    )


@given(trees)
@example([("Key", " a "), ("Key", "\r\n")])
def test_what_is_written_is_read_back(tree: Sequence[xml.Child]) -> None:
    document = xml.render("Root", tree)
    if depth(tree) >= xml.DEEPEST:
        assert refusal(xml.read, document, "Root").code == "MalformedXML"
        return
    expected = [as_child_of(child) for child in tree]
    assert [as_child(child) for child in xml.read(document, "Root").children] == expected


def as_child_of(child: xml.Child) -> xml.Child:
    name, value = child
    return (name, value if isinstance(value, str) else [as_child_of(inner) for inner in value])


@given(trees)
def test_other_readers_read_the_same(tree: Sequence[xml.Child]) -> None:
    root = ElementTree.fromstring(xml.render("Root", tree, namespace=False))
    found = [element.text or "" for element in root.iter() if len(element) == 0]
    assert found == list(leaf_texts(tree))


def leaf_texts(tree: Sequence[xml.Child]) -> Sequence[str]:
    found: list[str] = []
    for _, value in tree:
        found += [value] if isinstance(value, str) else leaf_texts(value)
    return found


@pytest.mark.parametrize(
    "document",
    [
        "<Tagging/>",
        "<Tagging></Tagging>",
        f'<Tagging xmlns="{NS}"/>',
        f'<s3:Tagging xmlns:s3="{NS}"/>',
        f'{HEAD}<Tagging xmlns="{NS}"/>',
        '<?xml version="1.0"?><Tagging/>',
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?><Tagging/>',
        '<?xml version="1.0" encoding="US-ASCII"?><Tagging/>',
        "\ufeff<Tagging/>",
        "<!-- a --><Tagging><!-- b --></Tagging><!-- c -->",
        "<?pi x?><Tagging/>\n",
        '<?xml version="1.1"?><Tagging/>',
        f'<Tagging xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns="{NS}" xsi:a="b"/>',
        "<Tagging>\n  \t</Tagging>",
    ],
)
def test_a_root_is_read_with_and_without_a_namespace(document: str) -> None:
    found = xml.read(document.encode(), "Tagging")
    assert (found.name, found.text.strip(), found.children) == ("Tagging", "", ())


def test_text_is_read_as_it_is() -> None:
    document = "<R><Key> a&#13;&#10;b&amp;&lt;&#x1F525;<![CDATA[<c> &amp;]]> </Key></R>"
    found = xml.read(document.encode(), "R").children[0].text
    assert found == " a\r\nb&<\U0001f525<c> &amp; "


def test_blanks_between_elements_mean_nothing() -> None:
    found = xml.read(b"<R>\n  <A>1</A>\r\n\t<B>2</B>\n</R>", "R")
    assert [(child.name, child.text) for child in found.children] == [("A", "1"), ("B", "2")]


BOMB = (
    '<!DOCTYPE R [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    + "]><R>&k;</R>"
)


@pytest.mark.parametrize(
    "document",
    [
        "",
        " ",
        "R",
        "<R>",
        "<R></r>",
        "<R/><R/>",
        "<R/>x",
        "x<R/>",
        "<r/>",
        "<Other/>",
        "<R><A></R></A>",
        "<R>&unknown;</R>",
        "<R>&#1;</R>",
        "<R>&#0;</R>",
        "<R>\x01</R>",
        "<R>\ufffe</R>",
        "<R a=1/>",
        '<R a="1" a="2"/>',
        "<R><A>1</A>text</R>",
        "<x:R/>",
        '<R xmlns="http://example.com/"/>',
        f'<R xmlns="{NS}x"/>',
        f'<R xmlns="{NS}"><A xmlns="http://example.com/"/></R>',
        " <?xml version='1.0'?><R/>",
        '<?xml version="1.0" encoding="ISO-8859-1"?><R/>',
        '<?xml version="1.0" encoding="UTF-16"?><R/>',
        '<?xml version="1.0" encoding="UTF-7"?><R/>',
        '<?xml version="1.0" encoding="rot13"?><R/>',
        "<!DOCTYPE R><R/>",
        "<!DOCTYPE R []><R/>",
        '<!DOCTYPE R SYSTEM "file:///etc/passwd"><R/>',
        '<!DOCTYPE R PUBLIC "x" "http://127.0.0.1:1/"><R/>',
        '<!DOCTYPE R [<!ENTITY x SYSTEM "file:///etc/passwd">]><R>&x;</R>',
        '<!DOCTYPE R [<!ENTITY % x SYSTEM "http://127.0.0.1:1/"> %x;]><R/>',
        '<!DOCTYPE R [<!ENTITY a "b">]><R>&a;</R>',
        BOMB,
        '{"not": "xml"}',
    ],
)
def test_every_other_document_is_malformed(document: str) -> None:
    error = refusal(xml.read, document.encode(), "R")
    assert (error.code, error.status) == ("MalformedXML", 400)
    assert error.message == (
        "The XML you provided was not well-formed or did not validate against our published schema"
    )
    assert error.detail == ()


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe<\0R\0/\0>\0", "<R/>".encode("utf-16"), b"<R>\xe9</R>", b"<R>\xed\xa0\x80</R>"],
)
def test_other_encodings_are_malformed(data: bytes) -> None:
    assert refusal(xml.read, data, "R").code == "MalformedXML"


def test_depth_is_bounded() -> None:
    levels = xml.DEEPEST - 1
    deepest = f"<R>{'<A>' * levels}{'</A>' * levels}</R>"
    assert xml.read(deepest.encode(), "R")
    levels += 1
    deeper = f"<R>{'<A>' * levels}{'</A>' * levels}</R>"
    assert refusal(xml.read, deeper.encode(), "R").code == "MalformedXML"


def test_the_number_of_elements_is_bounded() -> None:
    assert len(xml.read(b"<R>" + b"<A/>" * 9 + b"</R>", "R", most=10).children) == 9
    document = b"<R>" + b"<A/>" * 10 + b"</R>"
    assert refusal(xml.read, document, "R", most=10).code == "MalformedXML"


@pytest.mark.parametrize(
    "data",
    [
        b"<R>" + b"<A>" * 500_000,
        b"<R>" + b"<A/>" * 500_000 + b"</R>",
        b"<R " + b" ".join(b'a%d="1"' % number for number in range(150_000)) + b"/>",
        b"<R>" + b"&#65;" * 400_000,
        b"<R>" + b"<![CDATA[]]>" * 170_000,
        b"<" + b"R" * 2_000_000,
        b"<R xmlns:" + b"a" * 2_000_000 + b"='b'/>",
        BOMB.encode() * 1000,
    ],
    ids=["deep", "wide", "attributes", "references", "sections", "name", "prefix", "entities"],
)
def test_a_hostile_document_of_two_mebibytes_costs_less_than_five_seconds(data: bytes) -> None:
    began = time.process_time()
    assert refusal(xml.read, data, "R2").code == "MalformedXML"
    assert time.process_time() - began < 5


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_make_the_reader_fail(data: bytes) -> None:
    found = outcome(xml.read, data, "R")
    assert found.code == "MalformedXML" if isinstance(found, S3Error) else found.name == "R"
