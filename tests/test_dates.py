"""Dates as papers give them."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphsvc.dates import DateError, bounds, day, period, split

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        ("2017", "", "2017-01-01", None),
        ("2017", "2017", "2017-01-01", "2018-01-01"),
        ("2017-04", "2018-03", "2017-04-01", "2018-04-01"),
        ("2017-04-10", "2017-04-10", "2017-04-10", "2017-04-11"),
        ("2017/18", "2017/18", "2017-04-01", "2018-04-01"),
        ("2017/18", "2020/21", "2017-04-01", "2021-04-01"),
        ("FY 2017/18", "", "2017-04-01", None),
        ("Q2 2018/19", "Q2 2018/19", "2018-07-01", "2018-10-01"),
        ("Q4 2018/19", "Q4 2018/19", "2019-01-01", "2019-04-01"),
        ("2018-35", "2018-35", "2018-07-01", "2018-10-01"),
        ("[..2019-07]", "", None, None),
        ("", "[..2019-07]", None, "2019-08-01"),
        ("[2019-07..]", "", "2019-07-01", None),
        ("", "2021-04", None, "2021-05-01"),
        ("2017~", "", "2017-01-01", None),
        ("2016-02-29", "", "2016-02-29", None),
        ("", "", None, None),
    ],
)
def test_bounds_run_from_the_first_day_to_the_day_after_the_last(
    start: str, end: str, first: str | None, last: str | None
) -> None:
    found_first, found_last, _ = period(start, end)
    assert (found_first and found_first.isoformat(), found_last and found_last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("start", "end", "begins", "ends"),
    [
        ("2019", "", ("2019-01-01", "2019-12-31"), (None, None)),
        ("2019-06", "2021-04", ("2019-06-01", "2019-06-30"), ("2021-04-01", "2021-04-30")),
        ("2019-06-03", "", ("2019-06-03", "2019-06-03"), (None, None)),
        ("2017/18", "", ("2017-04-01", "2018-03-31"), (None, None)),
        ("", "2017/18", (None, None), ("2017-04-01", "2018-03-31")),
        ("2017/18", "2017/18", ("2017-04-01", "2017-04-01"), ("2018-03-31", "2018-03-31")),
        ("2016/17", "2018/19", ("2016-04-01", "2016-04-01"), ("2019-03-31", "2019-03-31")),
        ("Q1 2016/17", "2016/17", ("2016-04-01", "2016-06-30"), ("2017-03-31", "2017-03-31")),
        ("Q4 2016/17", "Q4 2016/17", ("2017-01-01", "2017-03-31"), ("2017-01-01", "2017-03-31")),
        ("[..2019-07]", "", (None, "2019-07-31"), (None, None)),
        ("[2019..]", "", ("2019-01-01", None), (None, None)),
        ("", "", (None, None), (None, None)),
    ],
)
def test_the_edtf_text_of_a_period_tells_between_which_days_it_began_and_ended(
    start: str, end: str, begins: tuple[str | None, str | None], ends: tuple[str | None, str | None]
) -> None:
    found = bounds(period(start, end)[2])
    assert tuple(tuple(day and day.isoformat() for day in side) for side in found) == (begins, ends)
    assert bounds("no/date") == ((None, None), (None, None))


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("2017-02-31", "no such day", "Mend the day"),
        ("2019-02-29", "no such day", "Mend the day"),
        ("31/02/2017", "year first", "no such day"),
        ("10/04/2017", "year first", "Write 2017-04-10."),
        ("July 2019", "year first", "Write 2019-07."),
        ("10 July 2019", "year first", "Write 2019-07-10."),
        ("soon", "is no date", "asStated"),
        ("2017/19", "no financial year", "2017/18"),
        ("2020-21", "financial year or a season", "2020/21"),
        ("2017/2018", "a period", "start"),
        ("Q5 2018/19", "no such quarter", "Q1"),
        ("Q0 2018/19", "no such quarter", "Q1"),
        ("2017-13", "is no date", "Write 2017"),
        ("0000", "is no date", "Write 2017"),
        ("Y170000002", "is no date", "Write 2017"),
    ],
)
def test_what_is_no_date_is_refused_with_what_to_write(text: str, message: str, hint: str) -> None:
    with pytest.raises(DateError, match=message) as raised:
        period(text, "")
    assert hint in raised.value.hint
    assert raised.value.part == "start"
    with pytest.raises(DateError) as raised:
        period("", text)
    assert raised.value.part == "end"


def test_a_start_after_the_end_is_refused() -> None:
    with pytest.raises(DateError, match="after the end"):
        period("2018", "2017")


def test_an_end_at_the_end_of_time_is_refused() -> None:
    with pytest.raises(DateError, match="too late"):
        period("", "9999")


@settings(deadline=None, max_examples=50)
@given(DAYS, st.integers(min_value=0, max_value=5000))
def test_a_period_of_days_holds_its_first_and_its_last_day_and_no_other(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    start, end, edtf = period(first.isoformat(), last.isoformat())
    assert start == first
    assert end == last + timedelta(days=1)
    assert edtf == f"{first.isoformat()}/{last.isoformat()}"


@settings(deadline=None)
@given(st.integers(min_value=1900, max_value=2100), st.integers(min_value=1, max_value=4))
def test_the_quarters_of_a_financial_year_follow_each_other_and_fill_it(year: int, quarter: int) -> None:
    text = f"{year}/{(year + 1) % 100:02d}"
    whole = period(text, text)
    quarters = [period(f"Q{number} {text}", f"Q{number} {text}") for number in range(1, 5)]
    assert quarters[0][0] == whole[0] == date(year, 4, 1)
    assert quarters[3][1] == whole[1] == date(year + 1, 4, 1)
    assert all(before[1] == after[0] for before, after in pairwise(quarters))
    assert period(f"Q{quarter} {text}", text)[0] == quarters[quarter - 1][0]


@settings(deadline=None, max_examples=50)
@given(DAYS, DAYS)
def test_the_edtf_text_of_a_period_gives_the_same_period_again(one: date, other: date) -> None:
    first, last = sorted((one, other))
    for start, end in (
        (first.isoformat(), last.isoformat()),
        (first.strftime("%Y-%m"), ""),
        ("", str(last.year)),
        (str(first.year), ""),
        (f"{first.year}/{(first.year + 1) % 100:02d}", ""),
        (f"Q3 {first.year}/{(first.year + 1) % 100:02d}", ""),
        (f"{first.year}/{(first.year + 1) % 100:02d}", f"{last.year}/{(last.year + 1) % 100:02d}"),
    ):
        found = period(start, end)
        assert period(*split(found[2])) == found


@given(st.text(max_size=30))
def test_any_text_is_a_date_or_a_clear_error(text: str) -> None:
    try:
        start, end, _ = period(text, "")
    except DateError as error:
        assert error.message
        assert error.hint
    else:
        assert end is None
        assert start is None or isinstance(start, date)


@pytest.mark.parametrize(("text", "hint"), [("2019-07", "2019-07-01 or 2019-07-31"), ("2019-02-31", "Mend"), ("x", "2019-07-31")])
def test_a_column_of_days_wants_a_day(text: str, hint: str) -> None:
    assert day("2019-07-31") == date(2019, 7, 31)
    with pytest.raises(DateError) as raised:
        day(text)
    assert hint in raised.value.hint
