"""Which capability an imported function gives: families of operating system interfaces.

Rule: a family is what a *reader of the documentation* would put under one heading (Windows API index,
POSIX.1-2024 and the Linux manual), not what some malware was seen to import. Functions that nearly
every program has (`malloc`, `CreateFileW`, `getenv`) are in no family, because their coming and going
says nothing. Whole libraries that serve one purpose (`ws2_32`, `libcurl`) are a family by their name.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["FAMILIES", "NAMED_FAMILIES", "family_of", "normal_library"]

_WINDOWS = {
    "network": """WSAStartup WSASocket WSAConnect WSASend WSASendTo WSARecv WSARecvFrom WSAIoctl
        InternetOpen InternetOpenUrl InternetConnect InternetReadFile InternetWriteFile HttpOpenRequest
        HttpSendRequest FtpGetFile FtpPutFile WinHttpOpen WinHttpConnect WinHttpOpenRequest
        WinHttpSendRequest WinHttpReadData WinHttpWebSocketSend URLDownloadToFile
        URLDownloadToCacheFile URLOpenBlockingStream HttpInitialize HttpReceiveHttpRequest
        AcceptEx ConnectEx TransmitFile IcmpSendEcho IcmpSendEcho2 IcmpCreateFile NetUseAdd
        WNetAddConnection2""",
    "dns": """DnsQuery DnsQueryEx DnsQueryRaw DnsQueryConfig DnsExtractRecordsFromMessage
        DnsWriteQuestionToBuffer DnsRecordListFree DnsFree DnsQuery_UTF8 GetAddrInfoEx
        WSALookupServiceBegin WSALookupServiceNext WSAAsyncGetHostByName""",
    "process": """CreateProcess CreateProcessAsUser CreateProcessWithLogon CreateProcessWithToken
        WinExec ShellExecute ShellExecuteEx NtCreateProcess NtCreateUserProcess RtlCreateUserProcess
        CreateJobObject""",
    "dynamic-load": """LoadLibrary LoadLibraryEx LoadModule GetProcAddress LdrLoadDll
        LdrGetProcedureAddress LdrGetDllHandle LoadPackagedLibrary AddDllDirectory SetDllDirectory""",
    "memory-exec": """VirtualAlloc VirtualAllocEx VirtualAlloc2 VirtualAllocExNuma VirtualProtect
        VirtualProtectEx NtAllocateVirtualMemory NtProtectVirtualMemory ZwAllocateVirtualMemory
        ZwProtectVirtualMemory NtMapViewOfSection HeapCreate FlushInstructionCache RtlAddFunctionTable
        RtlInstallFunctionTableCallback NtAllocateVirtualMemoryEx""",
    "injection": """WriteProcessMemory ReadProcessMemory CreateRemoteThread CreateRemoteThreadEx
        QueueUserAPC NtQueueApcThread SetThreadContext Wow64SetThreadContext NtCreateThreadEx
        RtlCreateUserThread NtUnmapViewOfSection ZwUnmapViewOfSection SetWindowsHookEx NtWriteVirtualMemory
        NtSetContextThread OpenProcess OpenThread VirtualAllocEx MapViewOfFile2 MapViewOfFile3
        CreateToolhelp32Snapshot Process32First Process32Next Thread32First Module32First EnumProcesses
        EnumProcessModules""",
    "registry": """RegCreateKey RegCreateKeyEx RegSetValue RegSetValueEx RegSetKeyValue RegDeleteKey
        RegDeleteValue RegLoadKey RegSaveKey RegRestoreKey RegReplaceKey NtSetValueKey NtCreateKey
        SHSetValue SHRegSetUSValue""",
    "registry-read": """RegOpenKey RegOpenKeyEx RegQueryValue RegQueryValueEx RegGetValue RegEnumKey
        RegEnumKeyEx RegEnumValue SHGetValue""",
    "service": """OpenSCManager CreateService StartService ChangeServiceConfig ChangeServiceConfig2
        ControlService DeleteService RegisterServiceCtrlHandler RegisterServiceCtrlHandlerEx
        StartServiceCtrlDispatcher NetScheduleJobAdd EnumServicesStatusEx""",
    "crypto": """CryptAcquireContext CryptEncrypt CryptDecrypt CryptDeriveKey CryptImportKey CryptHashData
        CryptCreateHash CryptStringToBinary CryptUnprotectData CryptProtectData CryptVerifySignature
        BCryptOpenAlgorithmProvider BCryptEncrypt BCryptDecrypt BCryptGenerateSymmetricKey
        BCryptHashData BCryptImportKeyPair NCryptDecrypt NCryptEncrypt RtlDecompressBuffer
        RtlDecompressBufferEx SystemFunction032 SystemFunction033 RtlEncryptMemory""",
    "debug-evasion": """IsDebuggerPresent CheckRemoteDebuggerPresent NtQueryInformationProcess
        NtSetInformationThread OutputDebugString NtSetInformationProcess DebugActiveProcess
        SetUnhandledExceptionFilter AddVectoredExceptionHandler GetTickCount64 EtwEventWrite
        AmsiScanBuffer AmsiInitialize BlockInput""",
    "screen-input-capture": """GetAsyncKeyState GetKeyState GetKeyboardState RegisterRawInputDevices
        GetRawInputData BitBlt StretchBlt PrintWindow GetClipboardData AddClipboardFormatListener
        SetClipboardViewer waveInOpen capCreateCaptureWindow GetForegroundWindow GetWindowText""",
    "credentials": """CredRead CredEnumerate CryptUnprotectData LsaRetrievePrivateData
        LsaEnumerateLogonSessions LsaGetLogonSessionData LogonUser SamConnect
        SamrEnumerateUsersInDomain
        NetUserGetInfo NetUserEnum NetLocalGroupGetMembers
        MiniDumpWriteDump VaultEnumerateItems VaultGetItem""",
    "host-identity": """GetComputerName GetComputerNameEx GetUserName GetUserNameEx GetAdaptersInfo
        GetAdaptersAddresses GetVolumeInformation DsGetDcName NetWkstaGetInfo NetGetJoinInformation
        GetNetworkParams GetSystemFirmwareTable LookupAccountName GetVersionEx RtlGetVersion
        GetNativeSystemInfo gethostname GetHostName""",
    "privilege": """AdjustTokenPrivileges OpenProcessToken OpenThreadToken DuplicateTokenEx
        ImpersonateLoggedOnUser ImpersonateNamedPipeClient SetThreadToken LookupPrivilegeValue
        NtAdjustPrivilegesToken SetTokenInformation""",
    "device": "DeviceIoControl NtLoadDriver ZwLoadDriver NtDeviceIoControlFile NtSystemDebugControl",
    "com": """CoCreateInstance CoCreateInstanceEx CoGetObject CLSIDFromProgID CorBindToRuntimeEx
        CLRCreateInstance""",
    "pipe": "CreateNamedPipe ConnectNamedPipe CallNamedPipe TransactNamedPipe CreateMailslot",
}

_POSIX = {
    "network": """socket connect bind listen accept accept4 send sendto sendmsg sendmmsg recv recvfrom recvmsg
        recvmmsg socketpair setsockopt if_nameindex getifaddrs""",
    "dns": """getaddrinfo gethostbyname gethostbyname2 gethostbyname_r gethostbyname2_r gethostbyaddr
        getaddrinfo_a getnameinfo res_query res_nquery res_search res_nsearch res_send res_nsend res_mkquery
        res_nmkquery res_init res_ninit __res_query __res_nquery __res_search __res_nsearch __res_mkquery
        __res_nmkquery __res_send __res_nsend __res_init __res_ninit dn_expand __dn_expand ns_initparse
        ns_parserr res_9_query res_9_nquery res_9_search ares_query ares_send DNSServiceQueryRecord""",
    "process": """fork vfork __fork clone clone3 execve execv execvp execvpe execl execlp execle
        execveat fexecve system popen posix_spawn posix_spawnp forkpty daemon""",
    "dynamic-load": """dlopen dlmopen dlsym dlvsym dladdr dl_iterate_phdr NSLinkModule
        NSCreateObjectFileImageFromMemory""",
    "memory-exec": "mprotect pkey_mprotect memfd_create shm_open mremap remap_file_pages __clear_cache",
    "injection": "ptrace process_vm_writev process_vm_readv userfaultfd kcmp pidfd_getfd",
    "crypto": """crypt crypt_r EVP_DecryptInit_ex EVP_EncryptInit_ex AES_decrypt AES_set_decrypt_key RC4
        RC4_set_key BZ2_bzBuffToBuffDecompress gcry_cipher_decrypt""",
    "debug-evasion": "prctl seccomp personality unshare setns process_madvise",
    "credentials": "getspnam getspent getspnam_r pam_authenticate pam_get_item getpass putspent lckpwdf",
    "host-identity": """gethostname uname getlogin getlogin_r gethostid getdomainname getpwuid getpwuid_r
        getpwnam""",
    "privilege": """setuid setgid seteuid setegid setreuid setregid setresuid setresgid setgroups initgroups
        capset cap_set_proc""",
    "device": "init_module finit_module delete_module ioperm iopl mount umount2 kexec_load bpf pivot_root",
    "raw-syscall": "syscall",
    "linker-audit": "la_version la_symbind32 la_symbind64 la_objopen la_preinit",
}

_LIBRARIES = {
    "ws2_32": "network",
    "wsock32": "network",
    "mswsock": "network",
    "wininet": "network",
    "winhttp": "network",
    "urlmon": "network",
    "httpapi": "network",
    "libcurl": "network",
    "dnsapi": "dns",
    "libresolv": "dns",
    "libcares": "dns",
    "libldns": "dns",
    "libunbound": "dns",
    "avicap32": "screen-input-capture",
    "samlib": "credentials",
    "vaultcli": "credentials",
    "taskschd": "service",
    "dbghelp": "debug-evasion",
    "amsi": "debug-evasion",
    "mscoree": "com",
}
"""Libraries that serve one purpose; an import from one, even by number, counts as its family."""
_ORDINALS = {"#51": "dns", "#52": "dns", "#57": "host-identity", "#103": "dns"}
"""Of `ws2_32` and `wsock32`: gethostbyaddr, gethostbyname, gethostname, WSAAsyncGetHostByName."""

FAMILIES: tuple[str, ...] = tuple(sorted({*_WINDOWS, *_POSIX}))

_BY_NAME: dict[str, str] = {
    name: family for table in (_WINDOWS, _POSIX) for family, names in table.items() for name in names.split()
}

_QUIET = frozenset({"registry-read", "host-identity", "com", "pipe", "device"})
NAMED_FAMILIES: dict[str, str] = {
    name: family
    for family, names in _WINDOWS.items()
    if family not in _QUIET
    for base in names.split()
    for name in (base, base + "A", base + "W")
    if len(name) >= 8
} | {name: "dns" for name in _POSIX["dns"].split() if len(name) >= 9}
"""Function names that a file may hold as text to look them up at run time, with their families."""


@cache
def family_of(library: str, name: str) -> str:
    """Give the family of one import, or an empty string.

    Args:
        library: as `normal_library` spells it; empty where the format does not tell (ELF).
        name: the function; `#12` for an ordinal.
    """
    found = _BY_NAME.get(name) or _BY_NAME.get(re.sub(r"(?<=[a-z0-9])[AW]$", "", name)) or ""
    if not found and name.startswith("__") and name.endswith("_chk"):
        found = _BY_NAME.get(name[2:-4], "")
    if not found and name.endswith("64"):
        found = _BY_NAME.get(name[:-2], "")
    if not found and library in {"ws2_32", "wsock32"}:
        found = _ORDINALS.get(name, "")
    return found or _LIBRARIES.get(library, "")


_API_SET = re.compile(r"^(api|ext)-ms-win-([a-z]+)-.*$")
_HASH_TOKEN = re.compile(r"-[0-9a-f]{6,40}(?=[.]|$)")


@cache
def normal_library(name: str) -> str:
    """Give a library's name without what changes from build to build.

    Lower case; API sets by their family; without extension, sonames, versions and the content hashes
    that wheel repair tools add. `ws2_32` and `kernel32` keep their number: it is part of the name.
    """
    lowered = name.lower().rsplit("/", 1)[-1]
    match = _API_SET.match(lowered)
    if match:
        return f"{match[1]}-ms-win-{match[2]}"
    stem = _HASH_TOKEN.sub("", lowered)
    stem = re.sub(r"\.(dll|exe|pyd|drv|cpl|sys|ocx|dylib)$", "", stem)
    stem = re.sub(r"\.so(\.\d+)*$", "", stem)
    stem = re.sub(r"[-_](x64|x86|win32|amd64|arm64)$", "", stem)
    return stem if stem.endswith("32") else re.sub(r"[-_.]?\d+([._-]\d+)*$", "", stem) or stem
