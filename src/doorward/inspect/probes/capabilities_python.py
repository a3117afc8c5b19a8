# ruff: noqa: E501 - a table reads best by rows
"""Which Python names give which ability: canonical dotted names, `package.*` for all below it.

`()` stands for the result of a call, so that `socket.socket().connect` is the method of a socket.
Names are canonical: aliases, `import … as` and `getattr(module, "name")` are resolved before.
"""

from __future__ import annotations

from functools import cache
from typing import Final, TypeVar

__all__ = [
    "BUILTINS",
    "LABELS",
    "ROOTS",
    "SINKS",
    "capability_of",
    "labels_of",
    "sinks_of",
]

Value = TypeVar("Value")

NAMES: Final[dict[str, str]] = {
    capability + "|" + name: capability
    for capability, names in {
        "network": """
            socket.socket socket.create_connection socket.socketpair socket.SocketType socket.fromfd
            _socket.socket ssl.wrap_socket ssl.SSLContext().wrap_socket
            urllib.request.* urllib.urlopen urllib2.* urllib.urlretrieve
            http.client.HTTPConnection http.client.HTTPSConnection
            httplib.* requests.get requests.post requests.put requests.request
            requests.head requests.patch requests.delete
            requests.Session requests.session requests.sessions.* httpx.get httpx.post httpx.put httpx.request
            httpx.Client httpx.AsyncClient httpx.stream aiohttp.ClientSession
            aiohttp.request urllib3.PoolManager
            urllib3.ProxyManager urllib3.HTTPConnectionPool urllib3.HTTPSConnectionPool
            urllib3.connection_from_url
            urllib3.request pycurl.Curl ftplib.FTP ftplib.FTP_TLS smtplib.SMTP
            smtplib.SMTP_SSL telnetlib.* poplib.POP3
            imaplib.IMAP4 imaplib.IMAP4_SSL nntplib.* xmlrpc.client.ServerProxy asyncio.open_connection
            asyncio.open_unix_connection asyncio.start_server asyncio.get_event_loop().create_connection
            asyncio.get_running_loop().create_connection socketserver.TCPServer socketserver.UDPServer
            http.server.HTTPServer paramiko.SSHClient paramiko.Transport
            websocket.create_connection websockets.connect
            websocket.WebSocketApp paho.mqtt.client.Client multiprocessing.connection.Client
            multiprocessing.connection.Listener logging.handlers.SocketHandler logging.handlers.HTTPHandler
            logging.handlers.DatagramHandler logging.handlers.SysLogHandler
            pip._vendor.requests.* botocore.vendored.requests.*
            tornado.httpclient.* treq.* zmq.Context trio.open_tcp_stream
            anyio.connect_tcp urllib3.util.connection.create_connection
            eventlet.green.socket.* gevent.socket.* js.fetch js.XMLHttpRequest pyodide.http.*
        """,
        "dns": """
            socket.getaddrinfo socket.gethostbyname socket.gethostbyname_ex
            socket.gethostbyaddr socket.getnameinfo
            _socket.getaddrinfo _socket.gethostbyname dns.resolver.* dns.query.*
            dns.asyncresolver.* dns.message.make_query
            dnspython.* aiodns.* pycares.* dnslib.* asyncio.get_event_loop().getaddrinfo
            asyncio.get_running_loop().getaddrinfo scapy.all.DNS scapy.layers.dns.* trio.socket.getaddrinfo
        """,
        "process": """
            subprocess.* _posixsubprocess.* _winapi.CreateProcess os.system os.popen
            os.startfile os.execv os.execve os.execl
            os.execle os.execlp os.execlpe os.execvp os.execvpe os.spawnl os.spawnle
            os.spawnlp os.spawnlpe os.spawnv
            os.spawnve os.spawnvp os.spawnvpe os.posix_spawn os.posix_spawnp os.fork
            os.forkpty posix.system posix.fork
            posix.popen posix.execv posix.posix_spawn nt.system pty.spawn pty.fork
            popen2.* commands.* pexpect.spawn
            pexpect.run sh.* plumbum.local asyncio.create_subprocess_exec asyncio.create_subprocess_shell
            asyncio.subprocess.create_subprocess_exec asyncio.subprocess.create_subprocess_shell
            platform.popen distutils.spawn.spawn setuptools._distutils.spawn.spawn
            webbrowser.* win32api.ShellExecute
            win32process.CreateProcess psutil.Popen runpy.run_path anyio.run_process
            anyio.open_process trio.run_process
        """,
        "dynamic-code": """
            builtins.exec builtins.eval builtins.compile builtins.execfile
            types.FunctionType types.CodeType types.LambdaType
            code.InteractiveInterpreter code.InteractiveConsole code.interact codeop.compile_command
            codeop.CommandCompiler runpy.run_module runpy.run_path runpy.*
            imp.load_source imp.load_module imp.load_compiled
            imp.load_dynamic importlib.util.spec_from_file_location importlib.util.module_from_spec
            importlib.util.spec_from_loader importlib.machinery.SourceFileLoader
            importlib.machinery.SourcelessFileLoader importlib._bootstrap.* marshal.loads marshal.load
            pickle.loads pickle.load pickle.Unpickler cPickle.loads dill.loads
            cloudpickle.loads _pickle.loads shelve.open jsonpickle.decode
            zipimport.zipimporter js.eval timeit.timeit cProfile.run pdb.run trace.Trace().run
            builtins.__build_class__ ast.parse().body
        """,
        "dynamic-import": "builtins.__import__ importlib.import_module importlib.__import__ pkgutil.get_loader "
        "imp.find_module",
        "decode": """
            base64.b64decode base64.urlsafe_b64decode base64.standard_b64decode
            base64.b32decode base64.b16decode
            base64.b85decode base64.a85decode base64.decodebytes base64.decodestring
            base64.decode base64.b32hexdecode
            binascii.a2b_base64 binascii.unhexlify binascii.a2b_hex binascii.a2b_uu binascii.a2b_qp
            builtins.bytes.fromhex builtins.bytearray.fromhex
            codecs.decode codecs.getdecoder zlib.decompress zlib.decompressobj
            gzip.decompress bz2.decompress lzma.decompress
            lzma.LZMADecompressor bz2.BZ2Decompressor zstandard.ZstdDecompressor brotli.decompress
            Crypto.Cipher.* Cryptodome.Cipher.* cryptography.fernet.Fernet
            cryptography.hazmat.primitives.ciphers.Cipher
            nacl.secret.SecretBox pyaes.* marshal.loads uu.decode quopri.decodestring
            compression.zstd.decompress rc4.* Crypto.Util.strxor.*
        """,
        "encode": """
            base64.b64encode base64.urlsafe_b64encode base64.standard_b64encode
            base64.b32encode base64.b16encode
            base64.b85encode base64.a85encode base64.encodebytes base64.encodestring base64.b32hexencode
            binascii.hexlify binascii.b2a_hex binascii.b2a_base64
            zlib.compress gzip.compress bz2.compress lzma.compress codecs.encode
        """,
        "native": """
            ctypes.CDLL ctypes.PyDLL ctypes.WinDLL ctypes.OleDLL ctypes.cdll
            ctypes.windll ctypes.oledll ctypes.pydll ctypes.pythonapi
            ctypes.CFUNCTYPE ctypes.PYFUNCTYPE ctypes.WINFUNCTYPE ctypes.memmove
            ctypes.memset ctypes.cast ctypes.string_at
            ctypes.cdll.* ctypes.windll.* ctypes.pythonapi.* _ctypes.* ctypes.util.find_library
            cffi.FFI cffi.FFI().dlopen mmap.mmap os.memfd_create builtins.id().from_address pymem.* frida.*
            numpy.ctypeslib.load_library win32api.* win32process.*
        """,
        "credentials": """
            keyring.get_password keyring.get_credential win32crypt.CryptUnprotectData
            getpass.getpass pwd.getpwall spwd.*
            browser_cookie3.* browsercookie.* pyperclip.paste win32clipboard.GetClipboardData clipboard.paste
            secretstorage.* pynput.* keyboard.* PIL.ImageGrab.grab mss.mss pyautogui.screenshot netrc.netrc
            google.auth.default boto3.Session().get_credentials botocore.session.get_session().get_credentials
        """,
        "persistence": """
            winreg.SetValueEx winreg.CreateKey winreg.CreateKeyEx _winreg.SetValueEx
            _winreg.CreateKey crontab.CronTab
            win32serviceutil.InstallService win32service.CreateService sys.meta_path sys.path_hooks
            builtins.__import__= site.addsitedir
        """,
        "filesystem-write": """
            shutil.copy shutil.copyfile shutil.copy2 shutil.move os.rename os.replace
            os.write os.symlink os.link
            tempfile.NamedTemporaryFile tempfile.mkstemp tempfile.TemporaryFile pathlib.Path().write_bytes
            pathlib.Path().write_text os.open os.truncate os.mkfifo aiofiles.open
        """,
        "make-executable": "os.chmod os.fchmod os.lchmod pathlib.Path().chmod os.fchmodat",
        "host-info": """
            socket.gethostname socket.getfqdn platform.node platform.uname platform.platform platform.machine
            getpass.getuser os.getlogin os.uname uuid.getnode uuid.uuid1 os.getuid
            pwd.getpwuid psutil.* os.userinfo
            platform.version platform.release os.cpu_count locale.getdefaultlocale
            socket.if_nameindex netifaces.*
        """,
        "thread": """
            threading.Thread threading.Timer _thread.start_new_thread _thread.start_new
            thread.start_new_thread
            concurrent.futures.ThreadPoolExecutor multiprocessing.Process multiprocessing.pool.ThreadPool
            atexit.register asyncio.create_task asyncio.ensure_future signal.setitimer
            signal.alarm sched.scheduler
            sys.settrace sys.setprofile sys.addaudithook sys.excepthook weakref.finalize threading.setprofile
        """,
    }.items()
    for name in names.split()
}

TABLE: Final[dict[str, tuple[str, ...]]] = {}
for _entry, _capability in NAMES.items():
    _name = _entry.partition("|")[2]
    TABLE[_name] = (*TABLE.get(_name, ()), _capability)

for _name in [
    "subprocess.CalledProcessError",
    "subprocess.TimeoutExpired",
    "subprocess.SubprocessError",
    "subprocess.PIPE",
    "subprocess.DEVNULL",
    "subprocess.STDOUT",
    "subprocess.CompletedProcess",
    "subprocess.list2cmdline",
    "subprocess.STARTUPINFO",
    "subprocess.CREATE_NO_WINDOW",
    "urllib.request.pathname2url",
    "urllib.request.url2pathname",
    "urllib.request.getproxies",
    "urllib.request.proxy_bypass",
    "urllib.request.parse_http_list",
    "urllib.request.parse_keqv_list",
    "webbrowser.Error",
    "dns.resolver.NXDOMAIN",
    "zmq.Context",
    "urllib.request.HTTPError",
    "urllib.request.URLError",
]:
    TABLE[_name] = ()

BUILTINS: Final = frozenset(
    [
        "exec",
        "eval",
        "compile",
        "execfile",
        "__import__",
        "open",
        "getattr",
        "setattr",
        "globals",
        "locals",
        "vars",
        "bytes",
        "bytearray",
        "chr",
        "__builtins__",
        "__loader__",
        "__spec__",
        "__file__",
        "map",
        "filter",
        "memoryview",
        "int",
        "str",
        "raw_input",
        "input",
    ]
)
"""Names that need no import and matter here."""

ROOTS: Final = frozenset(name.partition(".")[0] for name in TABLE) | {
    "sys",
    "io",
    "datetime",
    "time",
    "struct",
    "operator",
}
"""Top modules that the table speaks of: a computed attribute of one of them is telling."""

LABELS: Final[dict[str, str]] = {
    **{name: "decoded" for name, given in TABLE.items() if "decode" in given},
    **{name: "network" for name, given in TABLE.items() if "network" in given},
    **{name: "dns" for name, given in TABLE.items() if "dns" in given},
    **{name: "host" for name, given in TABLE.items() if "host-info" in given},
    **{name: "encoded" for name, given in TABLE.items() if "encode" in given},
    **{name: "secret" for name, given in TABLE.items() if "credentials" in given},
    "hashlib.*": "encoded",
    "os.environb": "secret",
    "builtins.open": "file",
    "io.open": "file",
    "pathlib.Path().read_text": "file",
    "pathlib.Path().read_bytes": "file",
    "linecache.getlines": "file",
    "pkgutil.get_data": "file",
    "importlib.resources.read_binary": "file",
    "importlib.resources.read_text": "file",
    "struct.unpack": "",
}
"""What the result of a call carries."""

SINKS: Final[dict[str, str]] = {
    **{name: "dynamic-code" for name, given in TABLE.items() if "dynamic-code" in given},
    **{name: "process" for name, given in TABLE.items() if "process" in given},
    **{name: "native" for name, given in TABLE.items() if "native" in given},
    **{name: "import" for name, given in TABLE.items() if "dynamic-import" in given},
    **{name: "network" for name, given in TABLE.items() if "network" in given},
    **{name: "dns" for name, given in TABLE.items() if "dns" in given},
    "pickle.loads": "unpickle",
    "pickle.load": "unpickle",
    "cPickle.loads": "unpickle",
    "dill.loads": "unpickle",
    "marshal.loads": "unpickle",
    "pathlib.Path().write_bytes": "write",
    "os.write": "write",
    "mmap.mmap().write": "native",
}
"""Where a value does something."""


@cache
def capability_of(name: str) -> tuple[str, ...]:
    """The abilities that a canonical name gives, or none."""
    return found(TABLE, name) or ()


@cache
def labels_of(name: str) -> str:
    """What the result of calling this name carries, or the empty string."""
    return found(LABELS, name) or ""


@cache
def sinks_of(name: str) -> str:
    """What kind of sink calling this name is, or the empty string."""
    return found(SINKS, name) or ""


def found(table: dict[str, Value], name: str) -> Value | None:
    """The entry of a name, of what it is a method of, or of the package that stands for all below it."""
    here = name
    while here:
        value = table.get(here)
        if value is not None:
            return value
        parent = here.rpartition(".")[0] if not here.endswith("()") else here[:-2]
        value = table.get(parent + ".*")
        if value is not None:
            return value
        here = parent
    return None
