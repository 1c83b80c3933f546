"""The schema file is read as it says, and the data dictionary tells all of it."""

import pytest

from claimatlas.atlas import ForeignKey, SchemaError, read_schema
from claimatlas.export import dictionary

from .conftest import MOSS


@pytest.fixture(scope="module")
def schema():
    return read_schema(MOSS)


@pytest.fixture(scope="module")
def page(atlas):
    return dictionary(atlas.schema, atlas.codes)


def test_columns_keep_their_order_types_codes_and_constraints(schema):
    claims = schema.tables["claims"]
    assert [c.name for c in claims.columns][:4] == ["claim_id", "article_id", "start", "end"]
    assert claims.column("start").type == "integer"
    assert claims.column("stance").codes == "stance"
    assert schema.tables["propositions"].column("kind").codes == "proposition_kind"
    assert claims.column("quote").required
    assert not claims.column("note").required


def test_keys_are_read(schema):
    assert schema.tables["seams"].key == ("article_id", "offset")
    assert schema.tables["claims"].foreign_keys == (
        ForeignKey(("article_id",), "articles", ("article_id",)),
        ForeignKey(("proposition_id",), "propositions", ("proposition_id",)),
    )


def test_keys_may_be_written_as_a_list_or_as_one_name(moss):
    descriptor = moss.schema()
    described = moss.resource(descriptor, "claims")["schema"]
    described["primaryKey"] = "claim_id"
    described["foreignKeys"][0]["fields"] = "article_id"
    described["foreignKeys"][0]["reference"]["fields"] = "article_id"
    moss.write_schema(descriptor)
    claims = read_schema(moss.root).tables["claims"]
    assert claims.key == ("claim_id",)
    assert claims.foreign_keys[0] == ForeignKey(("article_id",), "articles", ("article_id",))


def test_a_table_knows_its_file(schema):
    assert schema.tables["claims"].file == "data/claims.csv"


def test_an_unknown_column_is_a_key_error(schema):
    with pytest.raises(KeyError):
        schema.tables["claims"].column("mood")


def test_a_missing_schema_file_is_a_schema_error(tmp_path):
    with pytest.raises(SchemaError, match=r"a corpus needs data/datapackage\.json"):
        read_schema(tmp_path)


def test_the_dictionary_describes_every_table_and_column_in_order(schema, page):
    at = 0
    for table in schema.tables.values():
        at = page.index(f"\n## {table.path}\n\n{table.description}\n", at)
        for column in table.columns:
            at = page.index(f"\n| `{column.name}` | {column.type}", at)
            row = page[at + 1 : page.index("\n", at + 1)]
            assert column.description.replace("|", "\\|") in row
            assert ("required" in row.split(" | ")[1]) == column.required
            assert (", key" in row.split(" | ")[1]) == (column.name in table.key)


def test_the_dictionary_lists_every_code_in_the_order_shown(atlas, page):
    for name in set(atlas.codes["list"]):
        section = page.split(f"\n### {name}\n")[1].split("\n### ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        codes = atlas.code_list(name)
        wanted = zip(codes.index, codes["label"], codes["definition"], strict=True)
        assert rows == [f"| `{code}` | {label} | {meaning} |" for code, label, meaning in wanted]


def test_the_dictionary_links_codes_and_keys(page):
    assert "Codes: [proposition_kind](#proposition_kind)." in page
    assert "Refers to `propositions.proposition_id`." in page


def test_the_dictionary_says_where_it_comes_from_and_ends_with_one_line_feed(page):
    assert page.startswith("# Data dictionary\n\nInvented corpus: three articles about moss tea. ")
    assert "do not edit" in page
    assert page.endswith("|\n")
    assert "\n\n\n" not in page


def test_every_row_of_the_dictionary_has_three_cells(page):
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert rows
    for row in rows:
        assert row.replace("\\|", "").count("|") == 4, row


def test_bars_and_line_feeds_do_not_break_a_row(moss):
    descriptor = moss.schema()
    field = moss.resource(descriptor, "seams")["schema"]["fields"][2]
    field["description"] = "One | two\nthree"
    moss.write_schema(descriptor)
    from claimatlas import load

    atlas = load(moss.root)
    assert "| `why` | string, required | One \\| two three |" in dictionary(
        atlas.schema, atlas.codes
    )
