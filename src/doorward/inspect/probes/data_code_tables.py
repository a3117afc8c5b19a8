"""Which names give code which ability, for languages that have no front end of their own.

Names stand for abilities of `doorward.inspect.probes.capabilities`; the tables follow each platform's
own documentation (Java SE API, POSIX, Win32, the Go and Rust standard libraries, the Lua manual, WASI).
"""

from __future__ import annotations

import re

__all__ = ["JAVA", "LANGUAGES", "WASI"]

JAVA: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (ability, re.compile(pattern))
    for ability, pattern in (
        (
            "network",
            r"java/net/(?:Socket|ServerSocket|DatagramSocket|HttpURLConnection)\.|java/net/URL\.open|java/net/http/HttpClient\.|java/nio/channels/(?:SocketChannel|DatagramChannel|AsynchronousSocketChannel)\.|javax/net/ssl/",
        ),
        ("dns", r"java/net/InetAddress\.get(?:All)?ByName|javax/naming/|com/sun/jndi/dns"),
        ("process", r"java/lang/Runtime\.exec|java/lang/ProcessBuilder\."),
        (
            "dynamic-code",
            r"java/lang/ClassLoader\.(?:defineClass|<init>)|java/net/URLClassLoader\.|java/lang/invoke/MethodHandles\$Lookup\.define|javax/script/|javax/tools/|sun/misc/Unsafe\.define|java/io/ObjectInputStream\.readObject",
        ),
        ("dynamic-import", r"java/lang/Class\.forName|java/lang/reflect/Method\.invoke"),
        (
            "native",
            r"java/lang/System\.load(?:Library)?\b|java/lang/Runtime\.load|sun/misc/Unsafe\.|jdk/internal/misc/Unsafe\.|com/sun/jna/|java/lang/foreign/",
        ),
        (
            "decode",
            r"java/util/Base64\$Decoder\.|javax/crypto/Cipher\.|java/util/zip/(?:Inflater|InflaterInputStream|GZIPInputStream)\.",
        ),
        ("environment-bulk", r"java/lang/System\.(?:getenv|getProperties)\.\(\)"),
        ("environment", r"java/lang/System\.(?:getenv|getProperty)\."),
        ("persistence", r"java/util/prefs/|java/lang/instrument/"),
        (
            "filesystem-write",
            r"java/io/(?:FileOutputStream|FileWriter|RandomAccessFile)\.|java/nio/file/Files\.(?:write|copy|move|newOutputStream)",
        ),
        ("make-executable", r"java/io/File\.setExecutable|java/nio/file/Files\.setPosixFilePermissions"),
        ("thread", r"java/lang/Thread\.start|java/util/concurrent/Executor"),
        ("time-trigger", r"java/lang/Thread\.sleep|java/util/Timer\.schedule|ScheduledExecutorService\."),
        ("host-info", r"java/net/NetworkInterface\.|java/net/InetAddress\.getLocalHost"),
    )
)
WASI: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("network", re.compile(r"\bsock_\w+|wasi:sockets|wasi:http")),
    ("filesystem-write", re.compile(r"\bpath_(?:open|create_directory|rename|unlink_file)|wasi:filesystem")),
    ("environment-bulk", re.compile(r"\benviron_get|wasi:cli/environment")),
    ("process", re.compile(r"\bproc_(?:exec|spawn)|__syscall_exec|emscripten_run_script|_system\b")),
    ("dynamic-code", re.compile(r"emscripten_(?:run_script|asm_const)|\bdlopen|\beval\b")),
)

C_LIKE = (
    (
        "network",
        r"\b(?:socket|connect|sendto|recvfrom|WSAStartup|WinHttpOpen|InternetOpen[AW]?|curl_easy_perform|URLDownloadToFile[AW]?)\s*\(",
    ),
    ("dns", r"\b(?:getaddrinfo|gethostbyname|res_n?query|res_n?search|DnsQuery_[AW]|dns_query)\s*\("),
    (
        "process",
        r"\b(?:system|popen|_popen|execl[pe]?|execv[pe]{0,2}|fork|vfork|posix_spawnp?|CreateProcess[AW]?|ShellExecute(?:Ex)?[AW]?|WinExec)\s*\(",
    ),
    (
        "dynamic-code",
        r"\b(?:dlopen|dlsym|dlmopen|LoadLibrary(?:Ex)?[AW]?|GetProcAddress|memfd_create|fexecve)\s*\(",
    ),
    (
        "native",
        r"\b(?:mprotect|VirtualAlloc(?:Ex)?|VirtualProtect(?:Ex)?|ptrace|process_vm_writev|WriteProcessMemory|CreateRemoteThread|NtMapViewOfSection)\s*\(|__attribute__\s*\(\(\s*(?:ifunc|constructor)",
    ),
    ("environment", r"\b(?:getenv|secure_getenv|GetEnvironmentVariable[AW]?)\s*\("),
    (
        "host-info",
        r"\b(?:gethostname|uname|getpwuid|GetComputerName(?:Ex)?[AW]?|GetUserName[AW]?|GetAdaptersInfo)\s*\(",
    ),
    ("make-executable", r"\bf?chmod\s*\("),
    ("persistence", r"\b(?:RegSetValue(?:Ex)?[AW]?|CreateService[AW]?)\s*\("),
    ("time-trigger", r"\b(?:sleep|usleep|nanosleep|Sleep|alarm|timer_create)\s*\("),
    (
        "decode",
        r"\b(?:EVP_Decrypt\w*|AES_(?:set_)?decrypt\w*|inflate|uncompress|BCryptDecrypt|CryptDecrypt|CryptStringToBinary[AW]?)\s*\(",
    ),
)
GO = (
    ("network", r"\b(?:net\.(?:Dial\w*|Listen\w*)|http\.(?:Get|Post\w*|NewRequest\w*|Client)|tls\.Dial)\b"),
    ("dns", r"\bnet\.(?:Lookup\w+|Resolver)\b"),
    ("process", r"\b(?:exec\.Command\w*|syscall\.(?:Exec|ForkExec)|os\.StartProcess)\b"),
    ("dynamic-code", r"\bplugin\.Open\b"),
    (
        "native",
        r"\b(?:unsafe\.Pointer|syscall\.(?:Mmap|Mprotect|RawSyscall\w*|NewLazyDLL)|windows\.VirtualAlloc)\b|//go:linkname",
    ),
    (
        "decode",
        r"\b(?:base64\.\w+\.DecodeString|hex\.DecodeString|cipher\.New\w+|flate\.NewReader|gzip\.NewReader)\b",
    ),
    ("environment-bulk", r"\bos\.Environ\("),
    ("environment", r"\bos\.(?:Getenv|LookupEnv)\("),
    ("make-executable", r"\bos\.Chmod\("),
    ("filesystem-write", r"\b(?:os\.(?:WriteFile|Create|OpenFile)|ioutil\.WriteFile)\("),
    ("time-trigger", r"\btime\.(?:Sleep|AfterFunc|NewTicker|NewTimer)\("),
)
RUST = (
    ("network", r"\b(?:TcpStream|UdpSocket|TcpListener)::|\breqwest::|\bureq::|\bhyper::"),
    ("dns", r"\bToSocketAddrs\b|\.to_socket_addrs\(|trust_dns|hickory"),
    ("process", r"\bCommand::new\b|\blibc::(?:execv\w*|fork|system)"),
    ("dynamic-code", r"\blibloading::|\bdlopen\b"),
    ("native", r"\blibc::(?:mmap|mprotect|ptrace)|\bmem::transmute\b|VirtualAlloc"),
    ("environment-bulk", r"\benv::vars(?:_os)?\("),
    ("environment", r"\benv::var(?:_os)?\("),
    ("filesystem-write", r"\bfs::write\(|\bFile::create\("),
    ("make-executable", r"\bset_permissions\(|PermissionsExt"),
    ("time-trigger", r"\bthread::sleep\("),
)
LUA = (
    ("network", r"require\s*\(?\s*['\"](?:socket|http|ssl)|\bsocket\.(?:tcp|udp|connect)"),
    ("process", r"\b(?:os\.execute|io\.popen)\b"),
    ("dynamic-code", r"\b(?:loadstring|load|loadfile|dofile)\s*\("),
    ("native", r"\b(?:package\.loadlib|ffi\.(?:cdef|load|C))\b"),
    ("environment", r"\bos\.getenv\b"),
)
JVM_SOURCE = (
    (
        "network",
        r"\b(?:new\s+(?:Socket|ServerSocket|DatagramSocket)|HttpClient|HttpURLConnection|OkHttpClient|URLSession)\b|\.openConnection\(",
    ),
    ("dns", r"\bInetAddress\.get(?:All)?ByName\b|\bInitialDirContext\b"),
    ("process", r"\bRuntime\.getRuntime\(\)\.exec\b|\bProcessBuilder\b|\bNSTask\b|\bProcess\(\)"),
    (
        "dynamic-code",
        r"\b(?:defineClass|URLClassLoader|ScriptEngineManager|JavaCompiler)\b|\.readObject\(|\bdlopen\(",
    ),
    ("dynamic-import", r"\bClass\.forName\b|\.getDeclaredMethod\("),
    ("native", r"\bSystem\.load(?:Library)?\(|\bUnsafe\b"),
    ("decode", r"\bgetDecoder\(\)|\bCipher\.getInstance\b|\bGZIPInputStream\b|\bInflater\b"),
    ("environment", r"\bSystem\.getenv\("),
    ("time-trigger", r"\bThread\.sleep\("),
)
BY_SUFFIX = (
    (".c .h .cc .cpp .cxx .hpp .hh .m .mm .pyx .pxd .cu .l .y", C_LIKE),
    (".go", GO),
    (".rs", RUST),
    (".lua", LUA),
    (".java .kt .kts .scala .groovy .swift .clj", JVM_SOURCE),
)
LANGUAGES: dict[str, tuple[tuple[str, re.Pattern[str]], ...]] = {
    suffix: tuple((ability, re.compile(pattern)) for ability, pattern in rows)
    for suffixes, rows in BY_SUFFIX
    for suffix in suffixes.split()
}
