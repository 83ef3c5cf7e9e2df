import pytest

from contracts.stored_value_checks import CorruptValue, stored_at, text, whole_number

NO_NUMBERS = [b"", b"abc", b" 1", b"1 ", b"+1", b"1_0", b"01", b"1.0", b"1e3", b"\xff", b"nan"]
NO_NUMBERS += ["\N{ARABIC-INDIC DIGIT ONE}".encode(), b"9" * 400, b"9" * 5000, b"%d" % 2**63]


@pytest.mark.parametrize("number", [0, 7, 2**63 - 1])
def test_a_whole_number_is_read(number: int) -> None:
    assert whole_number(b"%d" % number) == number


@pytest.mark.parametrize("stored", NO_NUMBERS)
def test_what_no_writer_writes_is_no_number(stored: bytes) -> None:
    with pytest.raises(CorruptValue, match="is not a whole number"):
        whole_number(stored)


@pytest.mark.parametrize("stored", [b"-6", b"11"])
def test_a_number_out_of_bounds_is_refused(stored: bytes) -> None:
    with pytest.raises(CorruptValue, match="from -5 to 10"):
        whole_number(stored, -5, 10)


@pytest.mark.parametrize("stored", [b"\xff", b"abcd"])
def test_text_is_utf_8_and_no_longer_than_its_bound(stored: bytes) -> None:
    assert text(b"abc", 3) == "abc"

    with pytest.raises(CorruptValue, match="is not text of at most 3 bytes"):
        text(stored, 3)


def test_an_error_shows_the_key_and_a_values_beginning() -> None:
    with (
        pytest.raises(CorruptValue, match=r"^there: '9{40}'… is not") as refused,
        stored_at("there"),
    ):
        whole_number(b"9" * 5000)

    assert len(str(refused.value)) < 200
