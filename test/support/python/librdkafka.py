"""librdkafka, to be compared with, by its Python wheel.

write BROKERS TOPIC CODECS  writes the records that it is given, a line each; partition N with the Nth of CODECS
read BROKERS TOPIC          prints every record, a line each
version                     prints librdkafka's

What a line holds is in test/support/record-lines.ts.
"""

import base64
import sys

import confluent_kafka
from confluent_kafka import Consumer, Producer, TopicPartition


def encoded(data):
    return "-" if data is None else base64.b64encode(data).decode()


def decoded(text):
    return None if text == "-" else base64.b64decode(text)


def write(brokers, topic, codecs):
    failed = []

    def confirmed(error, _message):
        if error is not None:
            failed.append(str(error))

    producers = [
        Producer(
            {
                "bootstrap.servers": brokers,
                "compression.codec": codec,
                "linger.ms": 50,
                "message.max.bytes": 2_000_000,
                "enable.idempotence": True,
            }
        )
        for codec in codecs.split(",")
    ]
    for line in sys.stdin:
        partition, _, timestamp, key, value, headers = line.rstrip("\n").split("\t")
        named = [header.split(":") for header in headers.split(" ") if header != ""]
        producers[int(partition)].produce(
            topic,
            partition=int(partition),
            timestamp=int(timestamp),
            key=decoded(key),
            value=decoded(value),
            headers=[(decoded(name).decode(), decoded(of)) for name, of in named],
            on_delivery=confirmed,
        )
    for producer in producers:
        producer.flush()
    if failed:
        sys.exit(f"{len(failed)} records were not written: {failed[0]}")


def read(brokers, topic):
    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": "unused", "enable.auto.commit": False, "check.crcs": True}
    )
    partitions = consumer.list_topics(topic, 30).topics[topic].partitions
    left = {}
    for number in partitions:
        first, end = consumer.get_watermark_offsets(TopicPartition(topic, number), 30)
        if end > first:
            left[number] = end
    consumer.assign([TopicPartition(topic, number, confluent_kafka.OFFSET_BEGINNING) for number in left])
    while left:
        message = consumer.poll(30)
        if message is None:
            sys.exit(f"nothing came any more; missing to the ends {left}")
        if message.error():
            sys.exit(str(message.error()))
        headers = " ".join(f"{encoded(name.encode())}:{encoded(of)}" for name, of in message.headers() or [])
        fields = [message.partition(), message.offset(), message.timestamp()[1], encoded(message.key()), encoded(message.value())]
        print(*fields, headers, sep="\t")
        if message.offset() + 1 >= left[message.partition()]:
            del left[message.partition()]
    consumer.close()


command, *arguments = sys.argv[1:]
if command == "write":
    write(*arguments)
elif command == "read":
    read(*arguments)
else:
    print(confluent_kafka.libversion()[0])
