import pytest

from streams.errors import ForeignSchemaError
from streams.foreign.registry import RegistryClient
from streams.foreign.schemas import FolderSchemas, Schema, open_schemas, read_schema


class Beyond:
    def schema(self, schema_id):
        return Schema(name=f"beyond {schema_id}", kind="AVRO", text="")


def test_files_by_id_then_what_lies_beyond(tmp_path):
    (tmp_path / "7.avsc").write_text('"int"')
    (tmp_path / "8.proto").write_text("message A {}")
    (tmp_path / "9.desc").write_bytes(b"\xff\x00")
    schemas = FolderSchemas(tmp_path, Beyond())
    assert (schemas.schema(7).kind, schemas.schema(7).text) == ("AVRO", '"int"')
    assert (schemas.schema(8).kind, schemas.schema(9).text) == ("PROTOBUF", b"\xff\x00")
    assert schemas.schema(10).name == "beyond 10"


def test_id_without_file_is_told_with_the_names_looked_for(tmp_path):
    with pytest.raises(ForeignSchemaError, match=r"id 7: no file 7\.avsc, 7\.proto"):
        FolderSchemas(tmp_path).schema(7)


def test_folder_that_is_none(tmp_path):
    with pytest.raises(ForeignSchemaError, match="must be a folder"):
        open_schemas(folder=tmp_path / "none")


@pytest.mark.parametrize("name", ["a.txt", "missing.avsc", "binary.proto"])
def test_file_that_cannot_be_used(tmp_path, name):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "binary.proto").write_bytes(b"\xff")
    with pytest.raises(ForeignSchemaError, match=name):
        read_schema(tmp_path / name)


def test_where_to_look_is_chosen_by_what_is_given(tmp_path):
    assert open_schemas() is None
    assert isinstance(open_schemas(folder=tmp_path), FolderSchemas)
    given = {
        "schema.registry.url": "http://localhost:8081/",
        "basic.auth.user.info": "me:secret",
    }
    registry = open_schemas(properties=given)
    assert isinstance(registry, RegistryClient)
    assert registry.url == "http://localhost:8081"
    assert "secret" not in repr(vars(registry))
    assert open_schemas(url="https://other", properties=given).url == "https://other"
