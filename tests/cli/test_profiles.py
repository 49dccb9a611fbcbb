"""AWS's own files: read as every AWS tool reads them, written without losing a comment."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narthex.cli.failure import Failure
from narthex.cli.profile_writer import section_name, with_values, write_values
from narthex.cli.profiles import nested, of_kind, profiles_of, read_sections

CONFIG = """\
# my settings
[default]
region =   eu-central-1
s3 =
    addressing_style = path
    multipart_chunksize = 16MB

[profile dev]
region: us-west-2
services = local
[profile "with blank"]
output=json
; the end
[services local]
s3 =
  endpoint_url = http://127.0.0.1:9000
"""


def written(folder: Path, text: str) -> str:
    """The path of a file with this text."""
    path = folder / "config"
    path.write_text(text)
    return str(path)


def test_sections_keys_and_nested_values_are_read(tmp_path: Path) -> None:
    sections = read_sections(written(tmp_path, CONFIG))
    assert sections["default"]["region"] == "eu-central-1"
    assert nested(sections["default"]["s3"]) == {
        "addressing_style": "path",
        "multipart_chunksize": "16MB",
    }
    assert nested(of_kind(sections, "services")["local"]["s3"]) == {
        "endpoint_url": "http://127.0.0.1:9000"
    }


def test_profiles_of_both_files_are_one_and_the_credentials_file_wins(tmp_path: Path) -> None:
    found = profiles_of(
        read_sections(written(tmp_path, CONFIG)),
        {"dev": {"region": "us-east-2", "aws_access_key_id": "AKIA"}, "only-keys": {}},
    )
    assert set(found) == {"default", "dev", "with blank", "only-keys"}
    assert found["dev"]["region"] == "us-east-2"
    assert found["dev"]["services"] == "local"


def test_no_file_is_no_settings_and_a_bad_one_is_refused(tmp_path: Path) -> None:
    assert read_sections(str(tmp_path / "absent")) == {}
    for text in ("region = x\n", "[default\nregion = x\n"):
        with pytest.raises(Failure, match="Unable to parse config file") as caught:
            read_sections(written(tmp_path, text))
        assert caught.value.exit_code == 253
    (tmp_path / "config").write_bytes(b"[default]\nregion = \xff\n")
    with pytest.raises(Failure, match="Unable to parse"):
        read_sections(str(tmp_path / "config"))
    with pytest.raises(Failure, match="Unable to read"):
        read_sections(str(tmp_path))


def test_a_changed_value_leaves_everything_else_as_it_was() -> None:
    after = with_values(CONFIG, "profile dev", {"region": "eu-west-1"})
    assert after == CONFIG.replace("region: us-west-2", "region = eu-west-1")


def test_a_new_value_goes_to_the_end_of_its_section() -> None:
    after = with_values(CONFIG, "default", {"output": "json"})
    assert "multipart_chunksize = 16MB\noutput = json\n\n[profile dev]" in after
    assert with_values(CONFIG, "services local", {"x": "1"}) == CONFIG + "x = 1\n"


def test_a_new_section_goes_to_the_end_of_the_file() -> None:
    assert with_values("", "default", {"region": "x"}) == "[default]\nregion = x\n"
    assert with_values("# no end", "a", {"b": "c"}) == "# no end\n[a]\nb = c\n"


def test_a_section_with_a_quoted_name_is_found() -> None:
    after = with_values(CONFIG, section_name("with blank"), {"output": "text"})
    assert after == CONFIG.replace("output=json", "output = text")


def test_a_commented_value_stays_a_comment() -> None:
    text = "[default]\n# region = old\n"
    assert with_values(text, "default", {"region": "new"}) == (
        "[default]\nregion = new\n# region = old\n"
    )


@pytest.mark.parametrize("part", [("a\n[b]", "x", "y"), ("a", "x\ny", "z"), ("a", "x", "y\rz")])
def test_a_line_break_would_be_another_setting_and_is_refused(part: tuple[str, str, str]) -> None:
    section, name, value = part
    with pytest.raises(Failure, match="line break"):
        with_values("", section, {name: value})


NAMES = st.text(alphabet="abcdefghij_", min_size=1, max_size=8)
VALUES = st.text(alphabet="abc123/+=;#[] ", max_size=12).map(str.strip).filter(bool)


@given(st.dictionaries(NAMES, VALUES, min_size=1), NAMES)
def test_what_is_written_is_read_back(values: dict[str, str], section: str) -> None:
    import configparser

    parser = configparser.RawConfigParser(default_section="")
    parser.read_string(with_values(CONFIG, section, values))
    assert dict(parser.items(section)) == values
    assert parser["default"]["region"] == "eu-central-1"


def test_a_file_is_written_for_its_owner_alone_and_a_link_to_it_stays(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "credentials"
    real.parent.mkdir()
    real.write_text("# mine\n[default]\naws_access_key_id = old\n")
    real.chmod(0o644)
    link = tmp_path / "home" / "credentials"
    link.parent.mkdir()
    link.symlink_to(real)
    write_values(str(link), "default", {"aws_access_key_id": "new"})
    assert link.is_symlink()
    assert real.read_text() == "# mine\n[default]\naws_access_key_id = new\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert os.listdir(real.parent) == ["credentials"]


def test_a_folder_that_cannot_be_made_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match="Unable to write"):
        write_values(str(tmp_path / "file" / "config"), "default", {"region": "x"})
