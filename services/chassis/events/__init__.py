"""Facts between services: outbox, relay, Redis Streams, inbox."""
