"""Files as people have them. Each case: bytes, and what is said of them or how many rows are read."""

import datetime
import gzip

import pytest

from repro_sdk import StageFailure
from repro_sdk.rows import as_text, read_rows

GOOD = b'{"a": 1}\n{"a": 2}\n'
REFUSED = {
    "empty": (b"", "data holds no rows: it is empty."),
    "only blank lines": (b"\n  \n\r\n", "data holds no rows: it has 6 bytes, and none of them is data."),
    "only a BOM": (b"\xef\xbb\xbf", "data holds no rows: it has 3 bytes, and none of them is data."),
    "Latin-1": (
        b'{"a": 1}\n{"a": "caf\xe9"}\n',
        "data, line 2: byte 0xE9 at column 11 is not UTF-8; convert the file, for instance with `iconv -f LATIN1 -t UTF-8`.",
    ),
    "half of a character at the end": (b'{"a": 1}\n{"a": "\xc3', "data, line 2: byte 0xC3 at column 8 is not UTF-8"),
    "UTF-8 of half a pair": (b'{"a": "\xed\xa0\x80"}\n', "data, line 1: byte 0xED at column 8 is not UTF-8"),
    "UTF-16": ('{"a": 1}\n'.encode("utf-16"), "data is UTF-16 and not UTF-8; convert it with `iconv -f UTF-16 -t UTF-8`."),
    "UTF-16, no BOM": ('{"a": 1}\n'.encode("utf-16-le"), "data, line 1: there is a NUL byte; the file is damaged, or UTF-16"),
    "NUL in a line": (b'{"a": 1}\n{"a": \x002}\n', "data, line 2: there is a NUL byte; the file is damaged"),
    "gzip that is cut off": (gzip.compress(GOOD * 1000)[:-9], "data can't be unpacked with gzip: Compressed file ended before"),
    "parquet in gzip": (gzip.compress(b"PAR1" * 9), "data holds parquet, packed once more; unpack it."),
    "zstd that is damaged": (b"\x28\xb5\x2f\xfd....", "data can't be unpacked with zstd: ZSTD decompress failed"),
    "a Git LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "data is a Git LFS pointer and not the data; fetch it with `git lfs pull`.",
    ),
    "a web page": (b"<!DOCTYPE html><html>", "data is XML or a web page and no data; look at it, it may be a login or an error page."),
    "a list of numbers": (b"[1]\n", "data, item 1 is JSON, but a number and not an object."),
    "a list without an end": (b'[{"a": 1}, {"a": 2}', "data begins with a JSON list that has no end; the file may be cut off."),
    "a list and more": (b'[{"a": 1}]\n{"a": 2}\n', "data: '{' follows the end of the list."),
    "a list with a hole": (b'[{"a": 1},, {"a": 2}]', "data: nothing stands before a comma of the list."),
    "a list with a bad item": (b'[{"a": 1}, {"a" 2}]', "data, item 2 is not JSON: Expecting ':' delimiter at column 6."),
    "CSV with a cell too many": (b"a,b\n1,2\n1,2,3\n", "data, line 3 has 3 cells, but 2 columns are named"),
    "CSV with a column twice": (b"a,b,a\n1,2,3\n", "data, line 1 is not JSON"),
    "Arrow that is cut off": (b"ARROW1\0\0....", "data can't be read as Arrow after row 0: "),
    "no object": (b'{"a": 1}\n7\n', "data, line 2 is JSON, but a number and not an object."),
    "null": (b"null\n", "data, line 1 is JSON, but a null and not an object."),
    "truncated": (
        b'{"a": 1}\n{"a": "x',
        "data, line 2 is not JSON: Unterminated string starting at at column 7; it is the last line and has no end, "
        "so the file may be cut off.",
    ),
    "broken in the middle": (b'{"a": \n{"a": 2}\n', "data, line 1 is not JSON: Expecting value at column 7."),
    "two objects on a line": (b'{"a": 1}{"a": 2}\n', "data, line 1 is not JSON: Extra data at column 9."),
    "a key twice": (b'{"a": 1, "b": 2, "a": 3}\n', "data, line 1: the key 'a' is there twice; which of the two is meant?"),
    "a key twice, inside": (b'{"m": [{"b": 2, "b": 2}]}\n', "data, line 1: the key 'b' is there twice; which of the two is meant?"),
    "half a surrogate pair": (b'{"a": "x\\ud83d"}\n', "data, line 1: \\ud83d is half a character; its other half is missing."),
    "half a surrogate pair as a key": (b'{"\\uDE00": 1}\n', "data, line 1: \\ude00 is half a character; its other half is missing."),
    "nested too deeply": (b'{"a":' + b"[" * 100_000 + b"\n", "data, line 1: lists and objects are nested too deeply."),
    "an integer of 5000 digits": (b'{"a": ' + b"9" * 5000 + b"}\n", "data, line 1: exceeds the limit (4300 digits) for integer string conversion"),
    "no parquet": (b"PAR1 but no more", "data can't be read as parquet after row 0: Parquet magic bytes not found in footer."),
}  # fmt: skip
READ = {
    "no line end at the end": (GOOD[:-1], 2),
    "gzip": (gzip.compress(GOOD), 2),
    "a list": (b'\xef\xbb\xbf [\n{"a": "]},[{"}, {"a": "\\""}]\n', 2),
    "an empty list in lines": (b'[ {"a": 1} , {"a": [1, {"b": 2}]} ]', 2),
    "a BOM": (b"\xef\xbb\xbf" + GOOD, 2),
    "CRLF": (GOOD.replace(b"\n", b"\r\n"), 2),
    "CR": (GOOD.replace(b"\n", b"\r"), 2),
    "blank lines": (b"\n\n" + GOOD.replace(b"\n", b"\n\n"), 2),
    "a whole surrogate pair": (b'{"a": "\\ud83d\\ude00"}\n', 1),
    "a line separator inside a string": ('{"a": "x\u2028y"}\n'.encode(), 1),
    "an escaped backslash before ud800": (b'{"a": "\\\\ud800"}\n', 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_not_be_read_is_named(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, said = REFUSED[name]
    (tmp_path / "data").write_bytes(content)
    with pytest.raises(StageFailure) as failure:
        list(read_rows("data"))
    assert str(failure.value).startswith(said)


@pytest.mark.parametrize("name", READ)
def test_what_can_be_read_is(name, tmp_path):
    content, count = READ[name]
    (tmp_path / "data").write_bytes(content)
    assert len(list(read_rows(tmp_path / "data"))) == count


def test_lines_are_counted_as_an_editor_counts_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").write_bytes(b'\xef\xbb\xbf\r\n{"a": 1}\r\n\r\n{"a": 2}')
    assert list(read_rows("data")) == [("data, line 2", {"a": 1}), ("data, line 4", {"a": 2})]


def test_numbers_are_spelt_as_the_file_spells_them(tmp_path):
    written = ["1.20", "2.0", "1e3", "12345678901234567890", "12345678901234567890.5", "0.1000", "-0.0", "1E-7", "7"]
    (tmp_path / "data").write_text(f'{{"a": [{", ".join(written)}]}}\n')
    ((_, row),) = read_rows(tmp_path / "data")
    assert [as_text(number) for number in row["a"]] == [
        "1.20", "2.0", "1000", "12345678901234567890", "12345678901234567890.5", "0.1000", "-0.0", "0.0000001", "7",
    ]  # fmt: skip
    assert row["a"][0] == 1.2


def test_a_short_number_is_not_spelt_as_a_gigabyte_of_zeros(tmp_path):
    (tmp_path / "data").write_text('{"a": [1e-999999999, 1e-99999999999999999999]}\n')
    ((_, row),) = read_rows(tmp_path / "data")
    assert [as_text(number) for number in row["a"]] == ["0.0", "0.0"]


@pytest.mark.parametrize("value", [True, None, [], {}, b"7", datetime.date(2026, 1, 1)])
def test_what_is_neither_text_nor_number_has_none(value):
    assert as_text(value) is None


def test_parquet_rows_and_a_column_that_is_there_twice(tmp_path, monkeypatch):
    import pyarrow
    import pyarrow.parquet

    monkeypatch.chdir(tmp_path)
    pyarrow.parquet.write_table(pyarrow.table({"a": [1, None]}), "data")
    assert list(read_rows("data")) == [("data, row 1", {"a": 1}), ("data, row 2", {"a": None})]
    pyarrow.parquet.write_table(pyarrow.table({"a": pyarrow.array([], "int64")}), "none")
    with pytest.raises(StageFailure, match="none holds no rows: it has [0-9]+ bytes, and none of them is data"):
        list(read_rows("none"))
    pyarrow.parquet.write_table(pyarrow.table([[1], [2]], names=["a", "a"]), "twice")
    with pytest.raises(StageFailure, match="twice has the column 'a' twice; rename one"):
        list(read_rows("twice"))


def test_csv_is_read_as_it_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").write_bytes(b'\xef\xbb\xbfprompt,answer\r\n"a, ""b""\nc",007\r\n\r\nd,1.20\r\n')
    assert list(read_rows("data")) == [
        ("data, line 2", {"prompt": 'a, "b"\nc', "answer": "007"}),
        ("data, line 5", {"prompt": "d", "answer": "1.20"}),
    ]
    (tmp_path / "odd.tsv.gz").write_bytes(gzip.compress(b"1st\t2nd\nx\ty\n"))
    assert list(read_rows("odd.tsv.gz")) == [("odd.tsv.gz, line 2", {"1st": "x", "2nd": "y"})]
    (tmp_path / "twice.csv").write_bytes(b"a,a\n1,2\n")
    with pytest.raises(StageFailure, match="twice.csv has the column 'a' twice"):
        list(read_rows("twice.csv"))


def test_arrow_is_read_in_both_its_forms_and_zstd_is_unpacked(tmp_path):
    import pyarrow

    table = pyarrow.table({"a": [142.0, 0.5], "b": [["x"], []]})
    for name, writer in (("stream", pyarrow.ipc.new_stream), ("file", pyarrow.ipc.new_file)):
        with pyarrow.OSFile(str(tmp_path / name), "wb") as sink, writer(sink, table.schema) as file:
            file.write_table(table, max_chunksize=1)
        rows = list(read_rows(tmp_path / name))
        assert [where.split(", ")[-1] for where, _ in rows] == ["row 1", "row 2"]
        assert [as_text(row["a"]) for _, row in rows] == ["142", "0.5"]
    (tmp_path / "packed").write_bytes(pyarrow.compress(GOOD, "zstd", asbytes=True))
    assert len(list(read_rows(tmp_path / "packed"))) == 2


def test_a_list_of_gigabytes_is_never_in_memory(tmp_path):
    import tracemalloc

    item = b'{"prompt": "' + b"x" * 1000 + b'"}'
    peaks = []
    for count in (2_000, 20_000):
        (tmp_path / "data").write_bytes(b"[" + b",".join([item] * count) + b"]")
        tracemalloc.start()
        assert sum(1 for _ in read_rows(tmp_path / "data")) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2 * peaks[0] < 4_000_000
