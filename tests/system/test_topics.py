"""Topics of others, written by their own serializers, against the same facts as events.

The schemas lie in a real registry, the records in Apache Kafka; what the map makes of
them must lead to the state that our own events lead to.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pool
from google.protobuf.message_factory import GetMessageClass

from streams.codec import encode
from streams.errors import RegistryError
from streams.events import OrderCancelled, OrderChanged, OrderReceived, StockCounted
from streams.foreign import FolderSchemas, RegistryClient
from streams.foreign.proto_text import parse_proto
from streams.kafka import KafkaConfiguration, KafkaSource
from streams.mapping import load_mapping
from streams.memory import MemoryLog, MemorySink, MemorySource
from twin.model import build
from twin.replay import MappedSource, Twin, end_read, read, state_at
from twin.state import views

pytestmark = [pytest.mark.kafka, pytest.mark.registry, pytest.mark.slow]

START = 1_714_543_200  # 2024-05-01T06:00:00Z, seconds
N_ORDERS = 200
ITEMS = ("pump", "valve")
NETWORK = build(
    {
        "sites": [{"site": "dc", "kind": "store"}],
        "items": [{"item": item, "unit_cost": 1.0} for item in ITEMS],
        "suppliers": [{"supplier": "acme"}],
        "customers": [{"customer": "berlin"}],
        "lanes": [
            {
                "lane": "in",
                "from_place": "acme",
                "to_place": "dc",
                "item": "*",
                "lead_time_s": 0,
            }
        ],
    },
    {"name": "shop", "as_of": "2024-01-01T00:00:00Z"},
)
SKU = {"type": "enum", "name": "Sku", "symbols": list(ITEMS)}
MILLIS = {"type": "long", "logicalType": "timestamp-millis"}
MONEY = {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}


def record(name, fields, **more):
    """Return the schema of a record; what may be null is null by default."""
    listed = [{"name": key, "type": kind} for key, kind in fields.items()]
    for field in listed:
        if isinstance(field["type"], list):
            field["default"] = None
    return {"type": "record", "name": name, "fields": listed, **more}


FIELDS_V1 = {"number": "long", "sku": SKU, "qty": ["null", "double"]}
FIELDS_V1 |= {"placed": MILLIS, "price": MONEY}
ORDER_V1 = record("Order", FIELDS_V1, namespace="shop")
# The new field stands in front: all bytes behind it move.
ORDER_V2 = record("Order", {"priority": "int"} | FIELDS_V1, namespace="shop")
ORDERS_MAP = """
source = "shop"
[[topic]]
name = "orders-*"
format = "{format}"
{more}
[[topic.event]]
type = "OrderReceived"
time = "placed"
[topic.event.fields]
order = {{ template = "O{{number}}" }}
customer = {{ constant = "berlin" }}
site = {{ constant = "dc" }}
item = "sku"
quantity = "qty"
price = "price"
priority = "priority"
"""


@dataclass(frozen=True)
class Shop:
    """Where the foreign topics are, and a folder for the map."""

    address: str
    topic: Callable[[str], "Topic"]
    registry: SchemaRegistryClient
    schemas: RegistryClient
    folder: Path

    def replay(self, names, mapping, schemas=...):
        """Return the state, the rejected records and the mapped source."""
        path = self.folder / "shop.toml"
        path.write_text(mapping)
        source = MappedSource(
            KafkaSource(KafkaConfiguration((self.address,)), names),
            load_mapping(path),
            schemas=self.schemas if schemas is ... else schemas,
        )
        rejected = []
        with source:
            twin = Twin(NETWORK, source.partitions())
            end = source.end_position()
            for batch in read(source, end, batch_records=64):
                rejected += source.rejected_of(batch)
                rejected += twin.push(batch)
                end_read(twin, source, end)
            assert twin.position == end
        return twin.finish(), rejected, source


@pytest.fixture
def shop(kafka_broker, kafka_topic, schema_registry, tmp_path):
    with SchemaRegistryClient({"url": schema_registry}) as registry:
        yield Shop(
            address=kafka_broker.address,
            topic=lambda name: Topic(kafka_broker, kafka_topic(name)),
            registry=registry,
            schemas=RegistryClient(schema_registry),
            folder=tmp_path,
        )


class Topic:
    """Produce to a topic as its owners would."""

    def __init__(self, broker, name):
        self.name = name
        self._producer = Producer({"bootstrap.servers": broker.address})

    def send(self, value, key=None, second=0):
        self._producer.produce(
            self.name, value, key, 0, timestamp=(START + second) * 1000
        )

    def flush(self):
        assert self._producer.flush(30) == 0


def state_of(facts):
    """Return the state that our own events of (second, event) lead to."""
    log = MemoryLog()
    values = [
        encode(event, event_id=str(n), source="own", time_us=second * 1_000_000)
        for n, (second, event) in enumerate(facts)
    ]
    MemorySink(log).append(values)
    return state_at(MemorySource(log), NETWORK)


def orders(n_orders=N_ORDERS, first_priority=N_ORDERS):
    """Yield orders as rows, and as events; those from `first_priority` have one."""
    rows, facts = [], []
    for n in range(n_orders):
        priority = n % 5 if n >= first_priority else None
        row = {"number": n, "sku": ITEMS[n % 2], "qty": n + 0.5, "second": START + n}
        rows.append(row | {"price": f"{n}.25", "priority": priority})
        event = OrderReceived(
            order=f"O{n}",
            customer="berlin",
            item=row["sku"],
            site="dc",
            quantity=row["qty"],
            price=n + 0.25,
            priority=priority,
        )
        facts.append((row["second"], event))
    return rows, facts


def avro_value(row):
    return row | {
        "placed": datetime.fromtimestamp(row["second"], UTC),
        "price": Decimal(row["price"]),
    }


def test_avro_of_confluent_with_a_new_schema_halfway(shop):
    foreign = shop.topic("orders")
    context = SerializationContext(foreign.name, MessageField.VALUE)
    rows, facts = orders(first_priority=N_ORDERS // 2)
    writers = [
        AvroSerializer(shop.registry, json.dumps(schema))
        for schema in (ORDER_V1, ORDER_V2)
    ]
    for row in rows:
        writer = writers[row["priority"] is not None]
        foreign.send(writer(avro_value(row), context))
    foreign.flush()
    mapping = ORDERS_MAP.format(format="avro", more="")
    state, rejected, source = shop.replay([foreign.name], mapping)
    assert rejected == []
    assert source.counters.events == N_ORDERS
    assert len(views.orders(state)["order"]) == N_ORDERS
    assert state.digest() == state_of(facts).digest()


def test_bad_bytes_are_told_and_the_others_go_on(shop):
    foreign = shop.topic("orders")
    context = SerializationContext(foreign.name, MessageField.VALUE)
    rows, facts = orders(6)
    writer = AvroSerializer(shop.registry, json.dumps(ORDER_V1))
    values = [writer(avro_value(row), context) for row in rows]
    values[1] = b"no wire format"
    values[2] = values[2][:1] + b"\xff\xff\xff\x00" + values[2][5:]
    values[3] = values[3][:-2]
    without = avro_value(rows[4] | {"qty": None})
    values[4] = writer(without, context)
    for value in values:
        foreign.send(value)
    foreign.flush()
    mapping = ORDERS_MAP.format(format="avro", more="")
    state, rejected, _ = shop.replay([foreign.name], mapping)
    assert [(one.offset, one.reason) for one in rejected] == [
        (1, "not in wire format"),
        (2, "unknown schema"),
        (3, "not Avro"),
        (4, "missing value"),
    ]
    assert [one.value for one in rejected] == values[1:5]
    assert "column 'qty' must be given" in rejected[3].detail
    assert state.digest() == state_of([facts[0], facts[5]]).digest()


PROTO = """
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
message Note { string text = 1; }
message Order {
  int64 number = 1;
  enum Sku { pump = 0; valve = 1; }
  Sku sku = 2;
  double qty = 3;
  string price = 4;
  google.protobuf.Timestamp placed = 5;
  optional int32 priority = 6;
}
"""


@pytest.mark.parametrize("kept_as", ["text", "descriptor"])
def test_protobuf_of_confluent(shop, kept_as):
    foreign = shop.topic("orders")
    text = PROTO
    pool = descriptor_pool.Default()
    if not pool_has(pool, "shop.proto"):
        pool.Add(parse_proto(text, "shop.proto"))
    order_class = GetMessageClass(pool.FindMessageTypeByName("shop.Order"))
    writer = ProtobufSerializer(
        order_class, shop.registry, {"use.deprecated.format": False}
    )
    # The client for Python registers a descriptor, that for Java text.
    schema_id = shop.registry.register_schema("text", Schema(text, "PROTOBUF"))
    context = SerializationContext(foreign.name, MessageField.VALUE)
    rows, facts = orders(first_priority=0)
    for row in rows:
        placed = {"seconds": row["second"]}
        names = ("number", "sku", "qty", "price", "priority")
        fields = {name: row[name] for name in names}
        value = writer(order_class(placed=placed, **fields), context)
        if kept_as == "text":
            value = b"\x00" + schema_id.to_bytes(4, "big") + value[5:]
        foreign.send(value)
    foreign.flush()
    mapping = ORDERS_MAP.format(format="protobuf", more="")
    state, rejected, _ = shop.replay([foreign.name], mapping)
    assert rejected == []
    assert state.digest() == state_of(facts).digest()


def pool_has(pool, name):
    try:
        pool.FindFileByName(name)
    except KeyError:
        return False
    return True


def test_silent_registry_is_told_and_files_replace_it(shop):
    foreign = shop.topic("orders")
    context = SerializationContext(foreign.name, MessageField.VALUE)
    writer = AvroSerializer(shop.registry, json.dumps(ORDER_V1))
    rows, facts = orders(3)
    values = [writer(avro_value(row), context) for row in rows]
    for value in values:
        foreign.send(value)
    foreign.flush()
    mapping = ORDERS_MAP.format(format="avro", more="")
    silent = RegistryClient("http://127.0.0.1:9", timeout_s=0.5)
    with pytest.raises(RegistryError, match=r"http://127\.0\.0\.1:9: .*--schemas DIR"):
        shop.replay([foreign.name], mapping, silent)
    schema_id = int.from_bytes(values[0][1:5], "big")
    (shop.folder / f"{schema_id}.avsc").write_text(json.dumps(ORDER_V1))
    state, _, _ = shop.replay(
        [foreign.name], mapping, FolderSchemas(shop.folder, silent)
    )
    assert state.digest() == state_of(facts).digest()
    (shop.folder / "order.avsc").write_text(json.dumps(ORDER_V1))
    more = 'schema = "order.avsc"\nframing = "confluent"'
    mapping = ORDERS_MAP.format(format="avro", more=more)
    state, _, _ = shop.replay([foreign.name], mapping, None)
    assert state.digest() == state_of(facts).digest()


CHANGES_MAP = Path(__file__).with_name("erp_changes.toml").read_text()
STAMP = {"type": "long", "connect.name": "io.debezium.time.MicroTimestamp"}
COLUMNS = {"id": "int", "sku": "string", "qty": "double", "status": "string"}
ROW = record("Value", COLUMNS | {"updated_at": STAMP})
SOURCE = record(
    "Source",
    {"table": "string", "ts_ms": "long", "snapshot": ["null", "string"]},
    namespace="io.debezium.connector.postgresql",
)
ENVELOPE = record(
    "Envelope",
    {
        "before": ["null", ROW],
        "after": ["null", "Value"],
        "source": SOURCE,
        "op": "string",
        "ts_ms": ["null", "long"],
    },
    namespace="erp.public.orders",
)
KEY = record("Key", {"id": "int"}, namespace="erp.public.orders")


def order_changes():
    """Return changes of the table of orders as (second, op, before, after)."""
    rows = {
        n: {"id": n, "sku": ITEMS[n % 2], "qty": 1.0 + n, "status": "open"}
        for n in range(1, 7)
    }
    at = {n: row | {"updated_at": START + n} for n, row in rows.items()}
    more = at[3] | {"qty": 30.0, "updated_at": START + 10}
    off = at[4] | {"status": "cancelled", "updated_at": START + 11}
    again = off | {"updated_at": START + 12}
    changes = [(n, "r" if n < 4 else "c", None, at[n]) for n in rows]
    changes += [(10, "u", at[3], more), (11, "u", at[4], off), (12, "u", off, again)]
    changes += [(13, "d", at[5], None), (13, None, at[5], None)]  # with its tombstone
    return changes


def order_facts():
    facts = [
        (
            START + n,
            OrderReceived(
                order=f"O{n}",
                customer="berlin",
                item=ITEMS[n % 2],
                site="dc",
                quantity=1.0 + n,
            ),
        )
        for n in range(1, 7)
    ]
    facts.append((START + 10, OrderChanged(order="O3", quantity=30.0)))
    facts.append((START + 11, OrderCancelled(order="O4")))
    facts.append((START + 13, OrderCancelled(order="O5", reason="deleted")))
    return facts


def send_order_changes(foreign, shop):
    value_context = SerializationContext(foreign.name, MessageField.VALUE)
    key_context = SerializationContext(foreign.name, MessageField.KEY)
    value_writer = AvroSerializer(shop.registry, json.dumps(ENVELOPE))
    key_writer = AvroSerializer(shop.registry, json.dumps(KEY))
    for second, op, before, after in order_changes():
        key = key_writer({"id": (after or before)["id"]}, key_context)
        message = {
            "before": before and before | {"updated_at": before["updated_at"] * 10**6},
            "after": after and after | {"updated_at": after["updated_at"] * 10**6},
            "source": {"table": "orders", "ts_ms": (START + second) * 1000},
            "op": op,
            "ts_ms": None,
        }
        value = None if op is None else value_writer(message, value_context)
        foreign.send(value, key, second)
    foreign.flush()


def stock_change(second, op, before, after):
    """Return a change of the table of stock as Connect's JSON converter writes it."""
    decimal = {
        "type": "bytes",
        "optional": True,
        "name": "org.apache.kafka.connect.data.Decimal",
        "parameters": {"scale": "1"},
        "field": "on_hand",
    }
    fields = [
        {"type": "string", "field": "sku"},
        decimal,
        {"type": "int64", "field": "counted_ms"},
    ]
    row = {"type": "struct", "optional": True, "fields": fields}
    schema = {
        "type": "struct",
        "fields": [{**row, "field": "before"}, {**row, "field": "after"}],
    }
    payload = {"before": before, "after": after, "op": op}
    payload["source"] = {"ts_ms": (START + second) * 1000, "table": "stock"}
    return json.dumps({"schema": schema, "payload": payload}).encode()


def send_stock_changes(foreign):
    """Count 10.0 and 2.5; change, delete, and alter the table in between."""
    # 100, 25, 99 as base64 of the unscaled number.
    first = {"sku": "pump", "on_hand": "ZA==", "counted_ms": (START + 1) * 1000}
    second = {"sku": "valve", "on_hand": "GQ==", "counted_ms": (START + 2) * 1000}
    later = first | {"on_hand": "Yw==", "counted_ms": (START + 20) * 1000}
    altered = {"databaseName": "erp", "ddl": "ALTER TABLE stock ...", "source": {}}
    key = b'{"sku": "pump"}'
    foreign.send(stock_change(1, "r", None, first), key)
    foreign.send(stock_change(2, "c", None, second), key)
    foreign.send(json.dumps(altered).encode(), key)
    foreign.send(stock_change(20, "u", first, later), key)
    foreign.send(stock_change(21, "d", second, None), key)
    foreign.send(None, key)
    foreign.send(b'{"op": "u", "after": 3}', key)
    foreign.flush()


COUNTS = ((1, "pump", 10), (2, "valve", 2.5), (20, "pump", 9.9))


def test_change_events_of_debezium(shop):
    changes, stock = shop.topic("erp.public.orders"), shop.topic("erp.public.stock")
    send_order_changes(changes, shop)
    send_stock_changes(stock)
    state, rejected, source = shop.replay([changes.name, stock.name], CHANGES_MAP)
    counted = [
        (START + second, StockCounted(item=item, site="dc", quantity=quantity))
        for second, item, quantity in (
            (1, "pump", 10),
            (2, "valve", 2.5),
            (20, "pump", 9.9),
        )
    ]
    assert [(one.offset, one.reason) for one in rejected] == [(6, "not a change event")]
    counters = source.counters
    assert (counters.records, counters.events) == (18, 12)
    # The second update of the cancelled order, the altered table, the deleted stock.
    assert (counters.tombstones, counters.skipped) == (2, 3)
    expected = state_of(sorted([*order_facts(), *counted], key=lambda fact: fact[0]))
    assert state.digest() == expected.digest()
    assert source.unseen() == ()
