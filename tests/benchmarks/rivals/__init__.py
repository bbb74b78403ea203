"""What a capable team would write instead: the usual libraries, used well, on the same Postgres."""
