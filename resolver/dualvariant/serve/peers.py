"""Who is at the other end of a connection on this machine.

The address of a view has a segment that cannot be guessed. But a pip that builds an sdist names the address on the
command line of another pip, and every user can read that. So the view asks the kernel whose socket is connected, and
answers only its own user and root.

The question is ``SOCK_DIAG_BY_FAMILY`` (sock_diag(7), Linux), which takes microseconds; ``/proc/net/tcp`` takes 8 ms.
"""

from __future__ import annotations

import os
import socket
import struct

__all__ = ["find_owner", "is_ours"]

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
#: ``struct nlmsghdr``: length, type, flags, sequence number, port.
_HEADER = struct.Struct("=IHHII")
#: ``struct inet_diag_req_v2`` up to its socket: family, protocol, extensions, padding, states.
_REQUEST = struct.Struct("=BBBBI")
#: ``struct inet_diag_sockid``: ports and addresses in network order, interface, cookie.
_SOCKET = struct.Struct("!HH4s12x4s12x")
_ANY = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
#: ``struct inet_diag_msg``: 4 bytes and the socket; then two queues, a time and the user.
_OWNER = struct.Struct("=4x48x12xI")


def is_ours(peer: tuple[str, int], own: tuple[str, int]) -> bool:
    """Whether a connection is one of this user's or root's; also where the kernel does not tell.

    Args:
        peer: the address of the other end, IPv4.
        own: the address of our end.
    """
    owner = find_owner(peer, own)
    return owner in (None, 0, os.geteuid())


def find_owner(peer: tuple[str, int], own: tuple[str, int]) -> int | None:
    """The user whose socket is the other end of a connection; None if the kernel does not tell."""
    if not hasattr(socket, "AF_NETLINK"):
        return None  # another system than Linux
    ends = _SOCKET.pack(peer[1], own[1], socket.inet_aton(peer[0]), socket.inet_aton(own[0])) + _ANY
    question = _REQUEST.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + ends
    header = _HEADER.pack(_HEADER.size + len(question), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            kernel.send(header + question)
            answer = kernel.recv(1 << 12)
    except OSError:
        return None  # a kernel, or a sandbox, without it
    kind = _HEADER.unpack_from(answer)[1]
    if kind != _SOCK_DIAG_BY_FAMILY or len(answer) < _HEADER.size + _OWNER.size:
        return None
    owner: int = _OWNER.unpack_from(answer, _HEADER.size)[0]
    return owner
