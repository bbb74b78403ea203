"""The whole suite on one machine: its servers, its worker processes, the gateway, and their supervisor.

Here lives what starts, watches and stops processes. What a process does once it runs is not here: `doorstep serve` is
`services.chassis.run`, the schema is `migrations/`, the gateway's configuration is `gateway/`.

    supervisor.py   `doorstep up`: the order of starting and stopping, restarts, the table of addresses
    watch.py        whether a worker hangs
    home.py         the data folder: its lock, its secrets, its ports
    postgres.py     PostgreSQL from the wheel, with roles and database
    postgres_access.py  how one reaches it: addresses per role, scripts, databases
    redis.py        Redis or Valkey of the machine, else from the wheel
    process.py      one child process: started through `shim.py`, recorded, stopped, and cleaned up after a crash
    privileges.py   whom a server runs as when the suite is started by root
    ports.py        free ports
    errors.py       StackError: one line that says what could not be started and why

Decisions
    Every child dies with the process that started it (parent-death signal), and its pid and start time are recorded:
    after `kill -9` nothing blocks the next start.             tests/stack/test_postgres.py, tests/stack/test_up.py
    Servers listen on 127.0.0.1 only, with random passwords kept in files only their owner reads; PostgreSQL has no Unix
    socket, so no path is too long and nobody can sit on it.   tests/stack/test_postgres.py
    Started by root, servers run as `nobody`; permissions of folders that are not ours are never changed.
                                                               tests/stack/test_postgres.py
"""
