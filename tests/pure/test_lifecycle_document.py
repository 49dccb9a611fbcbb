"""The lifecycle configuration: what is read, what is refused in S3's words, and the way back."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.errors import S3Error
from narthex.pure import lifecycle_document
from narthex.pure.lifecycle import LAST_US, Filter, Rule
from tests.driving import changed
from tests.pure.refusing import outcome, refusal

XMLNS = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
DAY = "<Expiration><Days>1</Days></Expiration>"
ABORT = (
    "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>"
    "</AbortIncompleteMultipartUpload>"
)
MARKER = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"
TAG = "<Tag><Key>color</Key><Value>red</Value></Tag>"
MIDNIGHT = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z


def document(*rules: str, xmlns: str = XMLNS) -> bytes:
    """A LifecycleConfiguration of these rules."""
    body = "".join(f"<Rule>{rule}</Rule>" for rule in rules)
    return f"<LifecycleConfiguration{xmlns}>{body}</LifecycleConfiguration>".encode()


def rule(chosen: str = "<Filter/>", does: str = DAY, status: str = "Enabled", id: str = "r") -> str:
    """The content of one rule."""
    return f"<ID>{id}</ID><Status>{status}</Status>{chosen}{does}"


def read(data: bytes) -> tuple[Rule, ...]:
    """The rules, with ids that are counted where they have none."""
    numbers = itertools.count(1)
    return lifecycle_document.read(data, lambda: f"made-{next(numbers)}")


def of(chosen: str) -> str:
    """A filter, or the and of one."""
    return f"<Filter>{chosen}</Filter>"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (rule(), Rule("r", True, days=1)),
        (rule(status="Disabled"), Rule("r", False, days=1)),
        (rule("<Prefix/>"), Rule("r", True, Filter(""), True, days=1)),
        (rule("<Prefix>a/</Prefix>"), Rule("r", True, Filter("a/"), True, days=1)),
        (rule(of("<Prefix> a </Prefix>")), Rule("r", True, Filter(" a "), days=1)),
        (rule(of(TAG)), Rule("r", True, Filter(tags=(("color", "red"),)), days=1)),
        (
            rule(of("<ObjectSizeGreaterThan> 0 </ObjectSizeGreaterThan>")),
            Rule("r", True, Filter(above=0), days=1),
        ),
        (
            rule(of("<ObjectSizeLessThan>9</ObjectSizeLessThan>")),
            Rule("r", True, Filter(below=9), days=1),
        ),
        (
            rule(
                of(
                    f"<And><Prefix>a</Prefix>{TAG}<Tag><Key>b</Key><Value/></Tag>"
                    "<ObjectSizeGreaterThan>1</ObjectSizeGreaterThan>"
                    "<ObjectSizeLessThan>3</ObjectSizeLessThan></And>"
                )
            ),
            Rule("r", True, Filter("a", (("color", "red"), ("b", "")), 1, 3), days=1),
        ),
        (rule(does=ABORT), Rule("r", True, abort_days=7)),
        (rule(does=DAY + ABORT), Rule("r", True, days=1, abort_days=7)),
        (rule(does=MARKER), Rule("r", True, marker=True)),
        (
            rule(does="<Expiration><Date>2026-01-01T00:00:00.000Z</Date></Expiration>"),
            Rule("r", True, date_us=MIDNIGHT),
        ),
        (
            rule(does="<Expiration><Date>2026-01-01</Date></Expiration>"),
            Rule("r", True, date_us=MIDNIGHT),
        ),
        (
            rule(does="<Expiration><Date>2026-01-01T02:00:00+02:00</Date></Expiration>"),
            Rule("r", True, date_us=MIDNIGHT),
        ),
        (
            rule(
                does="<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>"
                "<NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>"
            ),
            Rule("r", True, noncurrent_days=3, newer_noncurrent=2),
        ),
        (rule(id="x" * 255), Rule("x" * 255, True, days=1)),
        (rule(id=""), Rule("made-1", True, days=1)),
        ("<Status>Enabled</Status><Filter/>" + DAY, Rule("made-1", True, days=1)),
    ],
)
def test_a_rule_is_what_it_says_and_is_given_back_so(text: str, meant: Rule) -> None:
    for xmlns in (XMLNS, ""):
        assert read(document(text, xmlns=xmlns)) == (meant,)
    assert read(lifecycle_document.render([meant])) == (meant,)


def test_a_document_is_given_back_as_clients_read_it() -> None:
    rules = read(document(rule("<Prefix>a</Prefix>", id="1"), rule(of(TAG), id="2")))
    assert lifecycle_document.render(rules).decode().partition("\n")[2] == (
        f"<LifecycleConfiguration{XMLNS}>"
        "<Rule><ID>1</ID><Prefix>a</Prefix><Status>Enabled</Status>"
        "<Expiration><Days>1</Days></Expiration></Rule>"
        "<Rule><ID>2</ID><Filter><Tag><Key>color</Key><Value>red</Value></Tag></Filter>"
        "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
        "</LifecycleConfiguration>"
    )


def expire(inner: str) -> str:
    """A rule with this expiration."""
    return rule(does=f"<Expiration>{inner}</Expiration>")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<LifecycleConfiguration/>",
        document(*[rule(id=str(number)) for number in range(1001)]),
        document(rule()).replace(b"LifecycleConfiguration", b"Lifecycle"),
        document(rule()).replace(b"<Rule>", b"<Rules>").replace(b"</Rule>", b"</Rules>"),
        b"<!DOCTYPE a>" + document(rule(), xmlns=""),
        document("text"),
        document(rule(status="enabled")),
        document("<ID>r</ID><Filter/>" + DAY),
        document(rule("")),  # neither a filter nor a prefix
        document(rule("<Filter/><Prefix/>")),
        document(rule("<Filter/><Filter/>")),
        document(rule(of("text"))),
        document(rule(of(f"<Prefix>a</Prefix>{TAG}"))),
        document(rule(of("<And/>"))),
        document(rule(of("<And><Prefix>a</Prefix></And>"))),
        document(rule(of(f"<And>{TAG}</And>"))),
        document(rule(of("<And><Prefix>a</Prefix><Prefix>b</Prefix></And>"))),
        document(rule(of("<And><Prefix>a</Prefix><And/></And>"))),
        document(rule(of("<Unknown/>"))),
        document(rule(of("<Tag><Key>a</Key></Tag>"))),
        document(rule(of("<Prefix><a/></Prefix>"))),
        document(rule(of("<ObjectSizeLessThan>-1</ObjectSizeLessThan>"))),
        document(rule(of("<ObjectSizeLessThan>1.5</ObjectSizeLessThan>"))),
        document(rule(of(f"<ObjectSizeLessThan>{'9' * 19}</ObjectSizeLessThan>"))),
        document(rule() + "<Unknown/>"),
        document(rule() + DAY),
        document(expire("")),
        document(expire("<Days>1</Days><Date>2026-01-01</Date>")),
        document(
            expire("<Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>")
        ),
        document(expire("<ExpiredObjectDeleteMarker>yes</ExpiredObjectDeleteMarker>")),
        document(expire("<Days>one</Days>")),
        document(expire("<Days>1_0</Days>")),
        document(expire("<Days>\u0661</Days>")),
        document(expire("<Days>2147483648</Days>")),
        document(expire("<Date>tomorrow</Date>")),
        document(expire("<Date>2026-02-30</Date>")),
        document(expire("<Date>20260101</Date>")),
        document(expire("<Date>0999-01-01</Date>")),
        document(rule(does="<AbortIncompleteMultipartUpload/>")),
        document(rule(does="<NoncurrentVersionExpiration/>")),
    ],
)
def test_what_is_no_configuration_is_refused(data: bytes) -> None:
    assert refusal(read, data).code == "MalformedXML"


@pytest.mark.parametrize(
    ("text", "code", "message", "detail"),
    [
        (
            expire("<Days>0</Days>"),
            "InvalidArgument",
            "'Days' for Expiration action must be a positive integer",
            (("ArgumentName", "Days"), ("ArgumentValue", "0")),
        ),
        (
            expire("<Days>-1</Days>"),
            "InvalidArgument",
            "'Days' for Expiration action must be a positive integer",
            (("ArgumentName", "Days"), ("ArgumentValue", "-1")),
        ),
        (
            rule(does=ABORT.replace("7", "0")),
            "InvalidArgument",
            "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive "
            "integer",
            (("ArgumentName", "DaysAfterInitiation"), ("ArgumentValue", "0")),
        ),
        (
            expire("<Date>2026-01-01T00:00:01Z</Date>"),
            "InvalidArgument",
            "'Date' must be at midnight GMT",
            (("ArgumentName", "Date"), ("ArgumentValue", "2026-01-01T00:00:01Z")),
        ),
        (
            expire("<Date>2026-01-01T00:00:00+01:00</Date>"),
            "InvalidArgument",
            "'Date' must be at midnight GMT",
            (("ArgumentName", "Date"), ("ArgumentValue", "2026-01-01T00:00:00+01:00")),
        ),
        (
            rule(id="x" * 256),
            "InvalidArgument",
            "ID length should not exceed allowed limit of 255",
            (("ArgumentName", "ID"), ("ArgumentValue", "x" * 256)),
        ),
        (
            rule(
                does="<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>"
                "<NewerNoncurrentVersions>101</NewerNoncurrentVersions>"
                "</NoncurrentVersionExpiration>"
            ),
            "InvalidArgument",
            "'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be between 1 "
            "and 100",
            (("ArgumentName", "NewerNoncurrentVersions"), ("ArgumentValue", "101")),
        ),
        (
            rule(of(f"<And>{TAG}{TAG}</And>")),
            "InvalidRequest",
            "Duplicate Tag Keys are not allowed.",
            (),
        ),
        (
            rule(of("<Tag><Key>aws:a</Key><Value/></Tag>")),
            "InvalidTag",
            "Your TagKey cannot be prefixed with aws:",
            (("TagKey", "aws:a"),),
        ),
        (
            rule(
                of(
                    "<And><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan>"
                    "<ObjectSizeLessThan>5</ObjectSizeLessThan></And>"
                )
            ),
            "InvalidRequest",
            "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
            (),
        ),
        (
            rule(of(f"<Prefix>{'ü' * 513}</Prefix>")),
            "InvalidRequest",
            "The maximum size of a prefix is 1024.",
            (),
        ),
        (
            rule(does=""),
            "InvalidRequest",
            "At least one action needs to be specified in a rule.",
            (),
        ),
        (
            rule(of(TAG), ABORT),
            "InvalidRequest",
            "AbortIncompleteMultipartUpload cannot be specified with Tags.",
            (),
        ),
        (
            rule(of("<ObjectSizeLessThan>5</ObjectSizeLessThan>"), DAY + ABORT),
            "InvalidRequest",
            "AbortIncompleteMultipartUpload cannot be specified with Object Size.",
            (),
        ),
        (
            rule(of(TAG), MARKER),
            "InvalidRequest",
            "ExpiredObjectDeleteMarker cannot be specified with Tags.",
            (),
        ),
        (
            rule(
                does=DAY
                + "<Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition>"
            ),
            "NotImplemented",
            "the element `Transition` is not implemented",
            (),
        ),
        (
            rule(status="Disabled", does="<NoncurrentVersionTransition/>"),
            "NotImplemented",
            "the element `NoncurrentVersionTransition` is not implemented",
            (),
        ),
    ],
)
def test_a_rule_that_cannot_be_obeyed_is_refused_in_s3s_words(
    text: str, code: str, message: str, detail: tuple[tuple[str, str], ...]
) -> None:
    error = refusal(read, document(text))
    assert (error.code, error.message, error.detail) == (code, message, detail)


def test_an_id_is_of_one_rule() -> None:
    assert len(read(document(*[rule(id=str(number)) for number in range(1000)]))) == 1000
    error = refusal(read, document(rule(id="a"), rule(id="b"), rule(id="a")))
    assert error.code == "InvalidArgument"
    assert error.message == "Rule ID must be unique. Found same ID for more than one rule"
    assert error.detail == (("ArgumentName", "ID"), ("ArgumentValue", "a"))


@pytest.mark.parametrize("value", ["", "128K", "all_storage_classes_128k", "x" * 999])
def test_a_minimum_size_is_one_of_two(value: str) -> None:
    assert lifecycle_document.minimum(None) == "all_storage_classes_128K"
    for known in lifecycle_document.MINIMA:
        assert lifecycle_document.minimum(known) == known
    error = refusal(lifecycle_document.minimum, value)
    assert error.code == "InvalidRequest"
    assert error.message == f"Invalid TransitionDefaultMinimumObjectSize found: {value[:64]}"


TEXTS = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff")
)
TAGS = st.dictionaries(
    st.text("aZ0 .:/=+-@_ü", min_size=1, max_size=9),
    st.text("aZ0 .:/=+-@_ü", max_size=9),
    max_size=10,
)
FILTERS = st.builds(
    Filter,
    prefix=st.none() | TEXTS.filter(lambda text: len(text.encode()) <= 1024),
    tags=TAGS.map(lambda found: tuple(found.items())),
    above=st.none() | st.integers(0, 100),
    below=st.none() | st.integers(101, 1 << 50),
)
DOES = st.one_of(
    st.fixed_dictionaries({"days": st.integers(1, 2_147_483_647)}),
    st.fixed_dictionaries(
        {"date_us": st.integers(0, LAST_US // 86_400_000_000).map(lambda day: day * 86_400_000_000)}
    ),
    st.fixed_dictionaries(
        {"noncurrent_days": st.integers(1, 99), "newer_noncurrent": st.none() | st.integers(1, 100)}
    ),
)


@given(
    chosen=FILTERS, does=DOES, enabled=st.booleans(), id=TEXTS.filter(lambda t: 0 < len(t) <= 255)
)
def test_every_rule_comes_back_from_its_document(
    chosen: Filter, does: dict[str, int], enabled: bool, id: str
) -> None:
    meant = Rule(id, enabled, chosen, **does)  # type: ignore[arg-type]
    assert read(lifecycle_document.render([meant])) == (meant,)


@given(st.integers(0, 1 << 20))
def test_one_byte_changed_is_another_rule_or_none_and_never_a_bug(place: int) -> None:
    data = document(rule(of(f"<And><Prefix>a</Prefix>{TAG}</And>")), rule(does=ABORT, id="s"))
    found = outcome(read, changed(data, place % len(data)))
    assert isinstance(found, S3Error) or len(found) == 2
