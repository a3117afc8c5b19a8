# ruff: noqa: E501 - a table reads best by rows
"""Words that give abilities in languages that are read statement by statement."""

from __future__ import annotations

import re
from typing import Final

from doorward.inspect.probes.statements import Language

__all__ = ["BATCH", "CSHARP", "PERL", "PHP", "POWERSHELL", "RUBY", "VBSCRIPT"]


def table(words: dict[str, str], flags: int = re.IGNORECASE) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Patterns from alternatives, one line each."""
    return tuple(
        (capability, re.compile("|".join(f"(?:{one})" for one in alternatives.split()), flags))
        for capability, alternatives in words.items()
    )


HASH_COMMENTS: Final = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|(?P<comment>(?<![\w$&\\])#[^\n]*)"
)
DOLLAR: Final = re.compile(r"[$@%]\{?[A-Za-z_]\w*")
WORD: Final = re.compile(r"\b[A-Za-z_]\w*\b")

POWERSHELL: Final = Language(
    name="powershell",
    comments=re.compile(
        r"@\"[\s\S]*?\n\"@|@'[\s\S]*?\n'@|\"(?:[^\"`\n]|`.|\"\")*\"|'[^'\n]*'|(?P<comment><\#[\s\S]*?\#>|(?<![\w`$])\#[^\n]*)"
    ),
    functions=re.compile(
        r"^[ \t]*(?:function|filter|workflow)[ \t]+(?:\w+:)?(?P<name>[\w-]+)", re.IGNORECASE | re.MULTILINE
    ),
    words=table(
        {
            "network": r"\bNet\.WebClient DownloadString DownloadFile DownloadData UploadString UploadData "
            r"OpenRead\( Invoke-WebRequest "
            r"Invoke-RestMethod \biwr\b \birm\b \bwget\b \bcurl\b Net\.Sockets\.\w+ "
            r"Net\.Http\.HttpClient Start-BitsTransfer "
            r"BitsTransfer Net\.WebRequest MSXML2\.\w+ WinHttp\.\w+ Send-MailMessage "
            r"System\.Net\.HttpWebRequest",
            "dns": r"Resolve-DnsName Net\.Dns\] \bnslookup\b GetHostAddresses GetHostEntry",
            "process": r"Start-Process \bsaps\b Diagnostics\.Process Invoke-WmiMethod Invoke-CimMethod "
            r"Win32_Process\b WScript\.Shell "
            r"Shell\.Application \bcmd(?:\.exe)?\s+/c \bpowershell(?:\.exe)?\s+- "
            r"\bpwsh(?:\.exe)?\s+- rundll32 regsvr32 mshta "
            r"Start-Job ShellExecute Invoke-Item ProcessStartInfo",
            "dynamic-code": r"Invoke-Expression \biex\b Reflection\.Assembly\] \[Assembly\]::Load Add-Type "
            r"ScriptBlock\]::Create "
            r"InvokeScript NewScriptBlock -enc(?:odedcommand)?\b -e\s+[A-Za-z0-9+/]{40} "
            r"Reflection\.Emit CodeDom Invoke-Command "
            r"AddScript\( \.Invoke\( &\s*\(\s*['\"$] \.\s*\(\s*['\"$]",
            "decode": r"FromBase64String IO\.Compression\.\w+ GzipStream DeflateStream CreateDecryptor "
            r"ConvertTo-SecureString "
            r"\[char\[\]\] \[char\]\s*(?:\d|0x|\() -bxor \[Convert\]::ToByte \[Array\]::Reverse "
            r"Expand-Archive certutil.{0,40}-decode "
            r"-join\s*\(?\s*\[char CryptoStream",
            "encode": r"ToBase64String CompressionMode\]::Compress",
            "native": r"VirtualAlloc VirtualProtect CreateThread GetDelegateForFunctionPointer "
            r"Marshal\]::Copy GetProcAddress LoadLibrary "
            r"DllImport WriteProcessMemory NtAllocate \w*RtlMoveMemory",
            "environment-bulk": r"(?:dir|ls|gci|Get-ChildItem|Get-Item)\s+env: GetEnvironmentVariables\(",
            "environment": r"\$env:\w+ GetEnvironmentVariable\(",
            "credentials": r"ProtectedData\]::Unprotect Get-Clipboard Get-Credential GetNetworkCredential "
            r"PasswordVault CredRead "
            r"lsass \bvaultcmd cmdkey sekurlsa Clipboard\]::Get",
            "persistence": r"New-ScheduledTask\w* Register-ScheduledTask schtasks New-Service "
            r"\bsc(?:\.exe)?\s+create CurrentVersion\\Run "
            r"__EventFilter CommandLineEventConsumer Set-WmiInstance Register-WmiEvent \$PROFILE\b "
            r"reg(?:\.exe)?\s+add "
            r"Startup\\ Register-ObjectEvent",
            "filesystem-write": r"Out-File Set-Content Add-Content WriteAllBytes WriteAllText New-Item \bsc\b\s+-Path",
            "host-info": r"\$env:(?:COMPUTERNAME|USERNAME|USERDOMAIN) "
            r"Win32_(?:OperatingSystem|ComputerSystem|BIOS)\b \bhostname\b \bwhoami\b "
            r"Get-ComputerInfo MachineName Get-NetIPConfiguration Get-NetIPAddress",
            "time-trigger": r"Get-Date[^\n]{0,40}-(?:gt|ge|lt|le|eq) -(?:gt|ge|lt|le)\s*\(?\s*Get-Date "
            r"Start-Sleep\s+(?:-s\w*\s+)?\d{3,}",
        }
    ),
    variable=re.compile(r"\$(?:\w+:)?\w+"),
    assignment=re.compile(r"\s*(?:\[[^\]]+\]\s*)?(?P<name>\$(?:\w+:)?\w+)\s*[+]?="),
    arithmetic=re.compile(r"-bxor\b|%\s*256\b", re.IGNORECASE),
    bytewise=re.compile(r"\[char|\[byte|GetString|GetBytes|ToChar", re.IGNORECASE),
    mark="`",
)

CSHARP: Final = Language(
    name="csharp",
    comments=re.compile(
        r"@\"(?:[^\"]|\"\")*\"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)+'|(?P<comment>//[^\n]*|/\*[\s\S]*?\*/)"
    ),
    functions=re.compile(
        r"^[ "
        r"\t]*(?:(?:public|private|protected|internal|static|async|override|virtual|sealed|unsafe|extern|partial|new)\s+)+"
        r"[\w<>\[\],.?]+\s+(?P<name>\w+)\s*(?:<[^>\n]*>)?\s*\(",
        re.MULTILINE,
    ),
    words=table(
        {
            "network": r"\bWebClient\b \bHttpClient\b \bTcpClient\b \bTcpListener\b \bUdpClient\b "
            r"\bWebRequest\b \bHttpWebRequest\b \bSmtpClient\b "
            r"\bClientWebSocket\b new\s+Socket\(",
            "dns": r"\bDns\.\w+ DnsQuery\w*",
            "process": r"Process\.Start ProcessStartInfo ManagementClass\( Win32_Process",
            "dynamic-code": r"Assembly\.Load\w* CSharpCodeProvider CSharpScript CSharpCompilation DynamicMethod "
            r"\bILGenerator\b "
            r"Activator\.CreateInstance(?:From)? \.InvokeMember\( AppDomain\.\w*\.Load "
            r"MethodInfo\b[^;\n]{0,80}Invoke\(",
            "decode": r"FromBase64String GZipStream DeflateStream BrotliStream CryptoStream CreateDecryptor "
            r"ProtectedData\.Unprotect "
            r"FromHexString RC4",
            "encode": r"ToBase64String ToHexString BitConverter\.ToString",
            "native": r"\bDllImport\b \bLibraryImport\b Marshal\.Copy VirtualAlloc "
            r"GetDelegateForFunctionPointer NativeLibrary\.Load "
            r"WriteProcessMemory CreateRemoteThread",
            "environment-bulk": r"GetEnvironmentVariables\(",
            "environment": r"GetEnvironmentVariable\(",
            "credentials": r"ProtectedData\.Unprotect Clipboard\.Get CredRead CredentialCache",
            "persistence": r"Registry\.\w+ RegistryKey\b CreateSubKey ServiceInstaller TaskService schtasks "
            r"CurrentVersion\\\\?Run",
            "filesystem-write": r"File\.Write\w+ File\.Create FileStream\( StreamWriter\( File\.Copy File\.Move",
            "host-info": r"Environment\.(?:MachineName|UserName|UserDomainName|OSVersion) "
            r"NetworkInterface\.GetAll ManagementObjectSearcher "
            r"Dns\.GetHostName IPGlobalProperties",
            "thread": r"new\s+Thread\( Task\.Run new\s+Timer\( ThreadPool\.",
            "time-trigger": r"DateTime\.(?:Utc)?Now\s*[<>] [<>]=?\s*DateTime\.(?:Utc)?Now Thread\.Sleep\(\s*\d{6,} "
            r"Task\.Delay\(\s*\d{6,}",
        },
        0,
    ),
    variable=WORD,
    assignment=re.compile(r"\s*(?:[\w<>\[\],.?]+\s+)?(?P<name>\w+)\s*[+^]?=(?!=)"),
    arithmetic=re.compile(r"[\w\])]\s*\^=?\s*[\w(]|%\s*256\b"),
    bytewise=re.compile(r"\bbyte\b|\(char\)|GetString|GetBytes"),
    folds_case=False,
)

VBSCRIPT: Final = Language(
    name="vbscript",
    comments=re.compile(r"\"(?:[^\"\n]|\"\")*\"|(?P<comment>'[^\n]*|\brem\b[^\n]*)", re.IGNORECASE),
    functions=re.compile(
        r"^[ \t]*(?:(?:public|private)\s+)?(?:function|sub)\s+(?P<name>\w+)", re.IGNORECASE | re.MULTILINE
    ),
    words=table(
        {
            "network": r"MSXML2\.\w+ Microsoft\.XMLHTTP WinHttp\.\w+ URLDownloadToFile "
            r"InternetExplorer\.Application",
            "dns": r"\bnslookup\b",
            "process": r"WScript\.Shell Shell\.Application Win32_Process \.Run\b \.Exec\b \bShell\( "
            r"ShellExecute",
            "dynamic-code": r"\bExecute\b \bExecuteGlobal\b \bEval\( ScriptControl",
            "decode": r"bin\.base64 \bChrW?\(\s*(?:\d|&h|Asc|\w+\s*(?:xor|-|\+)) StrReverse \bbin\.hex",
            "native": r"Declare\s+(?:PtrSafe\s+)?(?:Function|Sub) VirtualAlloc RtlMoveMemory CreateThread "
            r"DynamicWrapper",
            "environment": r"\bEnviron\( \.Environment\( ExpandEnvironmentStrings",
            "persistence": r"RegWrite schtasks Schedule\.Service CurrentVersion\\Run SpecialFolders\(\"Startup",
            "filesystem-write": r"ADODB\.Stream SaveToFile CreateTextFile \.OpenTextFile",
            "host-info": r"ComputerName UserName Win32_(?:OperatingSystem|ComputerSystem)",
            "time-trigger": r"(?:Now|Date)\b[^\n]{0,30}[<>] WScript\.Sleep\s+\d{6,}",
        }
    ),
    variable=WORD,
    assignment=re.compile(r"\s*(?:set\s+|dim\s+|const\s+)?(?P<name>\w+)\s*=", re.IGNORECASE),
    arithmetic=re.compile(r"\bxor\b|\bmod\s+256\b", re.IGNORECASE),
    bytewise=re.compile(r"\bchrw?\b|\bascw?\b|\bmid\b", re.IGNORECASE),
)

BATCH: Final = Language(
    name="batch",
    comments=re.compile(r"(?P<comment>^[ \t]*@?(?:rem\b|::)[^\n]*)", re.IGNORECASE | re.MULTILINE),
    functions=re.compile(r"^[ \t]*:(?P<name>[A-Za-z_][\w-]*)", re.MULTILINE),
    words=table(
        {
            "network": r"\bcurl\b \bwget\b bitsadmin certutil[^\n]{0,60}-urlcache Invoke-WebRequest "
            r"DownloadString DownloadFile "
            r"\bftp\b\s+-s \btftp\b \biwr\b",
            "dns": r"\bnslookup\b Resolve-DnsName",
            "process": r"\bstart\s+/\w \bwmic\b[^\n]{0,60}create \bmshta\b \brundll32\b \bregsvr32\b "
            r"\bwscript\b \bcscript\b",
            "dynamic-code": r"powershell[^\n]{0,200}-e(?:nc\w*)?\b powershell[^\n]{0,200}iex Invoke-Expression "
            r"for\s+/f[^\n]{0,120}do\s+call",
            "decode": r"certutil[^\n]{0,60}-decode FromBase64String \bexpand\b\s+\S+\.\w+_ "
            r"(?:%\w+:~-?\d+,\d+%){4}",
            "environment-bulk": r"^\s*set\s*(?:>|\||$)",
            "persistence": r"schtasks reg(?:\.exe)?\s+add \bsc(?:\.exe)?\s+create CurrentVersion\\Run "
            r"Start(?:\s|%20)Menu",
            "credentials": r"cmdkey vaultcmd reg(?:\.exe)?\s+save",
            "host-info": r"\bwhoami\b \bsysteminfo\b \bhostname\b %COMPUTERNAME% %USERNAME% \bipconfig\b",
            "filesystem-write": r">>?\s*[\"%\w]",
            "time-trigger": r"timeout\s+(?:/t\s+)?\d{3,} ping\s+-n\s+\d{3,}",
        },
        re.IGNORECASE | re.MULTILINE,
    ),
    variable=re.compile(r"[%!]\w+[%!:]"),
    assignment=re.compile(r"\s*@?set\s+(?:/\w\s+)?\"?(?P<name>\w+)=", re.IGNORECASE),
    arithmetic=re.compile(r"set\s+/a[^\n]*\^", re.IGNORECASE),
    bytewise=re.compile(r"exit\s+/b|cmd\s+/c", re.IGNORECASE),
    mark="^",
)

PERL: Final = Language(
    name="perl",
    comments=HASH_COMMENTS,
    functions=re.compile(r"^[ \t]*sub\s+(?P<name>\w+)", re.MULTILINE),
    words=table(
        {
            "network": r"IO::Socket\S* LWP::\w+ HTTP::Tiny HTTP::Request \bsocket\s*\( Net::\w+ WWW::Mechanize "
            r" "
            r"Mojo::UserAgent",
            "dns": r"Net::DNS gethostbyname getaddrinfo",
            "process": r"\bsystem\b \bexec\b \bqx\b \bfork\b IPC::\w+ open\s*\(?[^;\n]{0,60}[\"']\s*\|| \|-",
            "dynamic-code": r"\beval\s+[$\"'(] \bdo\s+\$ \brequire\s+\$ /\w*ee\w*\s*;",
            "decode": r"decode_base64 \bunpack\s*\( pack\s*\(\s*[\"'][HhuC] Compress::\w+ inflate "
            r"MIME::Base64 uncompress \bchr\s*\(?\s*\(?ord",
            "encode": r"encode_base64",
            "native": r"\bsyscall\b DynaLoader Win32::API FFI::\w+",
            "environment-bulk": r"%ENV\b",
            "environment": r"\$ENV\{",
            "make-executable": r"\bchmod\b",
            "host-info": r"Sys::Hostname hostname\( getpwuid POSIX::uname",
            "time-trigger": r"\btime\b\s*[<>]\s*\d{9} \bsleep\b\s*\(?\s*\d{3,}",
        },
        0,
    ),
    variable=DOLLAR,
    assignment=re.compile(r"\s*(?:my|our|local)?\s*(?P<name>[$@%]\w+)\s*\.?="),
    arithmetic=re.compile(r"[\w\])]\s*\^\s*[\w$(]|%\s*256\b"),
    bytewise=re.compile(r"\bchr\b|\bord\b|\bpack\b"),
    folds_case=False,
)

RUBY: Final = Language(
    name="ruby",
    comments=HASH_COMMENTS,
    functions=re.compile(r"^[ \t]*def\s+(?:self\.)?(?P<name>\w+[?!]?)", re.MULTILINE),
    words=table(
        {
            "network": r"Net::\w+ \bTCPSocket\b \bUDPSocket\b OpenURI URI\.open open-uri RestClient Faraday "
            r"HTTParty Excon",
            "dns": r"\bResolv\b Addrinfo\.getaddrinfo",
            "process": r"\bsystem\s*[(\"'] \bspawn\s*[(\"'] \bexec\s*[(\"'] Open3 IO\.popen Kernel\.\w+ "
            r"`[^`\n]+` \bfork\b",
            "dynamic-code": r"\beval\b instance_eval class_eval module_eval \bbinding\.eval RubyVM \bload\s*\(",
            "decode": r"Base64\.\w*decode\w* unpack1?\s*\(?\s*[\"'][mHhuC] Zlib::\w+ inflate OpenSSL::Cipher "
            r"Marshal\.load",
            "encode": r"Base64\.\w*encode\w*",
            "native": r"\bFiddle\b \bDL\b FFI::\w+",
            "environment-bulk": r"ENV\.(?:to_h|to_a|each|map|inspect|to_s) ENV\s*\)",
            "environment": r"ENV\[ ENV\.fetch",
            "filesystem-write": r"File\.(?:write|binwrite) File\.open\([^)\n]*[\"'][wa]",
            "make-executable": r"\bchmod\b",
            "host-info": r"Socket\.gethostname Etc\.\w+",
            "persistence": r"Whenever crontab",
            "thread": r"Thread\.new at_exit",
            "time-trigger": r"Time\.now\s*[<>] Time\.now\.to_i\s*[<>] \bsleep\s*\(?\s*\d{3,}",
        },
        0,
    ),
    variable=re.compile(r"[@$]{0,2}\b[a-z_]\w*\b"),
    assignment=re.compile(r"\s*(?P<name>[@$]{0,2}\w+)\s*[+<|]{0,2}=(?![=~>])"),
    arithmetic=re.compile(r"[\w\])]\s*\^\s*[\w(]|%\s*256\b"),
    bytewise=re.compile(r"\bchr\b|\bord\b|\bpack\b|\bbytes\b|each_byte"),
    folds_case=False,
)

PHP: Final = Language(
    name="php",
    comments=re.compile(
        r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|(?P<comment>//[^\n]*|\#(?!\[)[^\n]*|/\*[\s\S]*?\*/)"
    ),
    functions=re.compile(r"\bfunction\s+&?(?P<name>\w+)\s*\(", re.IGNORECASE),
    words=table(
        {
            "network": r"\bcurl_\w+ \bfsockopen\b \bstream_socket_client\b "
            r"file_get_contents\s*\(\s*[\"']https? \bGuzzleHttp\b \bsocket_create\b",
            "dns": r"\bdns_get_record\b \bgethostbyname\w*\b \bcheckdnsrr\b",
            "process": r"\bexec\s*\( \bshell_exec\b \bsystem\s*\( \bpassthru\b \bproc_open\b \bpopen\b "
            r"\bpcntl_\w+",
            "dynamic-code": r"\beval\s*\( \bassert\s*\(\s*\$ \bcreate_function\b \bcall_user_func\w*\s*\(\s*\$ "
            r"preg_replace\s*\(\s*[\"'].{0,80}/\w*e\w*[\"'] "
            r"\$\w+\s*\(\s*\$ \binclude\s*\(?\s*\$",
            "decode": r"base64_decode gzinflate gzuncompress gzdecode str_rot13 hex2bin openssl_decrypt "
            r"convert_uudecode \bstrrev\b \bunserialize\b "
            r"\bpack\s*\(\s*[\"'][HC]",
            "encode": r"base64_encode bin2hex",
            "environment-bulk": r"\bgetenv\(\s*\) \$_ENV\s*[;),] phpinfo\s*\(",
            "environment": r"\bgetenv\(\s*[\"'$] \$_ENV\[",
            "filesystem-write": r"file_put_contents \bfwrite\b move_uploaded_file",
            "make-executable": r"\bchmod\b",
            "host-info": r"\bgethostname\b \bphp_uname\b get_current_user",
            "thread": r"register_shutdown_function",
            "time-trigger": r"\btime\(\)\s*[<>] \bsleep\s*\(\s*\d{3,}",
        }
    ),
    variable=DOLLAR,
    assignment=re.compile(r"\s*(?P<name>\$\w+)\s*[.^]?=(?!=)"),
    arithmetic=re.compile(r"[\w\])}]\s*\^\s*[\w$(]|%\s*256\b"),
    bytewise=re.compile(r"\bchr\b|\bord\b|\bpack\b|strlen"),
)
