"""Runs a command and reaps what it leaves behind until it ends.

podman waits for the monitor of an init container to be gone. The monitor is an orphan by then, and in a virtual machine
or container whose first process seldom reaps orphans that takes podman's whole timeout, 20 s for each.
"""

import ctypes
import os
import sys

PR_SET_CHILD_SUBREAPER = 36


def main(command):
    """Exits with the command's own code."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        os.execvp(command[0], command)
    while True:
        done, status = os.wait()
        if done == child:
            sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1:])
