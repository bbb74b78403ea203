"""Start one server so that it can never outlive the process that started it.

Runs as a script that needs nothing installed (`python -I -S shim.py ... -- program arguments`) and replaces itself by
the program. Why a process of its own: `preexec_fn` is unsafe once the parent has threads, and the order of the steps
below matters (a change of user clears the parent-death signal, so that comes after it).

`--data FOLDER` opens the folder while still privileged and replaces `@DATA@` in the arguments by its descriptor's path.
A server that gave up root thus reaches its data below folders only root may enter, such as root's own home, and no
folder's permissions are loosened for it.
"""

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
CANNOT_START = 126


def main() -> None:
    """Take the steps in order; exits 126 with one line when one of them is impossible."""
    own, program = sys.argv[1 : sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1 :]
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, default=int(signal.SIGTERM))
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--data")
    options = parser.parse_args(own)

    executable = os.open(program[0], os.O_RDONLY | os.O_CLOEXEC)
    if options.data is not None:
        folder = os.open(options.data, os.O_RDONLY | os.O_DIRECTORY)
        os.set_inheritable(folder, True)
        program = [argument.replace("@DATA@", f"/proc/self/fd/{folder}") for argument in program]
    os.umask(0o077)
    if options.uid is not None:
        os.chdir("/")  # it may not be allowed to look at where we are
        os.setgroups([])
        os.setgid(options.gid)
        os.setuid(options.uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, options.signal)
        if os.getppid() != options.parent:  # it died before we asked to be told
            sys.exit(CANNOT_START)
    try:
        os.execv(program[0], program)  # noqa: S606 - replacing ourselves is the purpose
    except PermissionError:  # lies below a folder that the new user may not enter
        os.execve(executable, program, os.environ)  # noqa: S606


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.stderr.write(f"FATAL: cannot start {sys.argv[sys.argv.index('--') + 1]}: {error}\n")
        sys.exit(CANNOT_START)
