r"""The text of a ``.proto`` file to its descriptor, without a compiler.

What registries keep is text. Messages, enums, oneofs, maps, groups of reserved numbers
and imports are read; options, services and extensions do not change how a message is
read and are passed over, but for ``packed``, which the reader tells by itself.

References
----------
Protocol Buffers Language Specification, editions proto2 and proto3.
"""

import re
from typing import NoReturn

from google.protobuf.descriptor_pb2 import (
    DescriptorProto as MessageProto,
)
from google.protobuf.descriptor_pb2 import (
    EnumDescriptorProto as EnumProto,
)
from google.protobuf.descriptor_pb2 import (
    FieldDescriptorProto as FieldProto,
)
from google.protobuf.descriptor_pb2 import (
    FileDescriptorProto as FileProto,
)

from streams.errors import ForeignSchemaError

SCALAR_NAMES = (
    *("double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64"),
    *("fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes"),
)
SCALARS = {name: FieldProto.Type.Value(f"TYPE_{name.upper()}") for name in SCALAR_NAMES}
LABELS = {
    "optional": FieldProto.LABEL_OPTIONAL,
    "required": FieldProto.LABEL_REQUIRED,
    "repeated": FieldProto.LABEL_REPEATED,
}
PASSED_OVER = ("option", "reserved", "extensions")  # statements up to a semicolon
BLOCKS_PASSED_OVER = ("service", "extend")
TOKEN = re.compile(
    r"""\s+|//[^\n]*|/\*.*?\*/"""
    r"""|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<word>[\w.+-]+)|(?P<sign>[{}\[\]()<>=;,:/])|(?P<wrong>.)""",
    re.DOTALL,
)


def parse_proto(text: str, name: str) -> FileProto:
    r"""Read the text of a ``.proto`` file.

    Parameters
    ----------
    text : str
        proto2 or proto3.
    name : str
        Path under which others import it.

    Returns
    -------
    FileDescriptorProto

    Raises
    ------
    ForeignSchemaError
        If it is none; with the line.

    Examples
    --------
    >>> file = parse_proto('syntax = "proto3"; message A { int32 n = 1; }', "a.proto")
    >>> file.message_type[0].name, file.message_type[0].field[0].number
    ('A', 1)
    """
    return _Parser(text, name).file()


class _Parser:
    """One pass over the words of a file."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._words: list[tuple[str, int]] = []
        for match in TOKEN.finditer(text):
            if match.lastgroup is not None:
                line = text.count("\n", 0, match.start()) + 1
                self._words.append((match[0], line))
        self._at = 0
        self._file = FileProto(name=name, syntax="proto2")

    def file(self) -> FileProto:
        while self._at < len(self._words):
            word = self._next()
            if word in {"syntax", "edition"}:
                self._expect("=")
                self._file.syntax = _unquoted(self._next())
                self._expect(";")
                if word == "edition" or self._file.syntax not in {"proto2", "proto3"}:
                    self._fail(f"{word} {self._file.syntax!r}", "proto2 or proto3")
            elif word == "package":
                self._file.package = self._next()
                self._expect(";")
            elif word == "import":
                self._import()
            elif word == "message":
                self._message(self._file.message_type.add())
            elif word == "enum":
                self._enum(self._file.enum_type.add())
            else:
                self._pass_over(word)
        return self._file

    def _import(self) -> None:
        path = self._next()
        if path in {"public", "weak"}:
            path = self._next()
        self._file.dependency.append(_unquoted(path))
        self._expect(";")

    def _message(self, message: MessageProto) -> None:
        message.name = self._next()
        self._expect("{")
        while (word := self._next()) != "}":
            if word == "message":
                self._message(message.nested_type.add())
            elif word == "enum":
                self._enum(message.enum_type.add())
            elif word == "oneof":
                self._oneof(message)
            elif word in {*PASSED_OVER, *BLOCKS_PASSED_OVER, ";"}:
                self._pass_over(word)
            elif word == "map" and self._peek() == "<":
                self._map(message)
            else:
                self._field(message, word)
        self._number_optionals(message)

    def _number_optionals(self, message: MessageProto) -> None:
        """Give each proto3 optional a oneof of its own, behind those of the text."""
        for field in message.field:
            if field.proto3_optional:
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name=f"_{field.name}")

    def _oneof(self, message: MessageProto) -> None:
        index = len(message.oneof_decl)
        message.oneof_decl.add(name=self._next())
        self._expect("{")
        while (word := self._next()) != "}":
            if word == "option":
                self._pass_over(word)
            else:
                self._field(message, word).oneof_index = index

    def _field(self, message: MessageProto, word: str) -> FieldProto:
        field = message.field.add(label=FieldProto.LABEL_OPTIONAL)
        if word in LABELS:
            field.label = LABELS[word]
            is_proto3 = self._file.syntax == "proto3"
            field.proto3_optional = word == "optional" and is_proto3
            word = self._next()
        if word == "group":
            self._fail("group", "a message; groups are not read")
        _set_type(field, word)
        field.name = self._next()
        field.json_name = _camel(field.name)
        self._expect("=")
        field.number = self._number()
        self._end_of_field()
        return field

    def _map(self, message: MessageProto) -> None:
        self._expect("<")
        key = self._next()
        self._expect(",")
        value = self._next()
        self._expect(">")
        field = self._field_of_map(message)
        entry = message.nested_type.add(name=_entry_name(field.name))
        entry.options.map_entry = True
        for number, (part, kind) in enumerate((("key", key), ("value", value)), 1):
            inner = entry.field.add(
                name=part,
                json_name=part,
                number=number,
                label=FieldProto.LABEL_OPTIONAL,
            )
            _set_type(inner, kind)

    def _field_of_map(self, message: MessageProto) -> FieldProto:
        name = self._next()
        field = message.field.add(name=name, label=FieldProto.LABEL_REPEATED)
        field.json_name = _camel(name)
        field.type_name = _entry_name(name)
        self._expect("=")
        field.number = self._number()
        self._end_of_field()
        return field

    def _enum(self, enum: EnumProto) -> None:
        enum.name = self._next()
        self._expect("{")
        while (word := self._next()) != "}":
            if word in {*PASSED_OVER, ";"}:
                # Several names for one number are allowed where an option says so.
                if word == "option" and self._peek() == "allow_alias":
                    enum.options.allow_alias = True
                self._pass_over(word)
                continue
            self._expect("=")
            enum.value.add(name=word, number=self._number())
            self._end_of_field()

    def _end_of_field(self) -> None:
        word = self._next()
        if word == "[":
            self._skip_to("]")
            word = self._next()
        if word != ";":
            self._fail(word, "';'")

    def _number(self) -> int:
        word = self._next()
        try:
            return int(word, 0)
        except ValueError:
            self._fail(word, "a whole number")

    def _pass_over(self, word: str) -> None:
        if word in BLOCKS_PASSED_OVER:
            while self._next() != "{":
                pass
            self._skip_to("}")
        elif word in PASSED_OVER:
            self._skip_to(";")
        elif word != ";":
            self._fail(word, "a statement of a .proto file")

    def _skip_to(self, end: str) -> None:
        depth = 0
        while (word := self._next()) != end or depth:
            depth += (word in "{[") - (word in "}]")

    def _next(self) -> str:
        if self._at == len(self._words):
            self._fail("the end of the file", "more")
        self._at += 1
        return self._words[self._at - 1][0]

    def _peek(self) -> str:
        return self._words[self._at][0] if self._at < len(self._words) else ""

    def _expect(self, wanted: str) -> None:
        word = self._next()
        if word != wanted:
            self._fail(word, repr(wanted))

    def _fail(self, found: str, allowed: str) -> NoReturn:
        line = self._words[self._at - 1][1] if self._words else 1
        msg = f"{self._name}, line {line}: found {found!r}, must be {allowed}"
        raise ForeignSchemaError(msg)


def _set_type(field: FieldProto, word: str) -> None:
    if word in SCALARS:
        field.type = SCALARS[word]
    else:
        # Message or enum: the pool finds out, by the rules of the scopes.
        field.type_name = word


def _entry_name(name: str) -> str:
    camel = _camel(name)
    return f"{camel[:1].upper()}{camel[1:]}Entry"


def _camel(name: str) -> str:
    return re.sub(r"_+(\w)", lambda match: match[1].upper(), name)


def _unquoted(text: str) -> str:
    return text[1:-1]
