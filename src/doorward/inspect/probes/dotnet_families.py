"""Which capability a .NET type or member gives, by the namespaces of the base class library.

Rule: as for native imports, a family is what the library's documentation puts under one heading.
Prefixes end at a dot or at the name's end, so `System.Net.Dns` is not `System.Net.DnsEndPoint`.
"""

from __future__ import annotations

from functools import cache

__all__ = ["DOTNET_FAMILIES", "dotnet_family"]

_TYPES: dict[str, str] = {
    "network": """System.Net.Http System.Net.WebClient System.Net.WebRequest System.Net.HttpWebRequest
        System.Net.FtpWebRequest System.Net.Sockets System.Net.WebSockets System.Net.Mail
        System.Net.HttpListener System.Net.Security System.Net.Quic System.ServiceModel
        System.Net.WebResponse""",
    "dns": "System.Net.Dns",
    "process": """System.Diagnostics.Process System.Diagnostics.ProcessStartInfo
        Microsoft.VisualBasic.Interaction""",
    "dynamic-code": """System.Reflection.Emit System.CodeDom.Compiler Microsoft.CSharp.CSharpCodeProvider
        Microsoft.CodeAnalysis.CSharp.Scripting Microsoft.CodeAnalysis.Scripting System.Management.Automation
        Microsoft.JScript""",
    "dynamic-load": "System.Runtime.Loader.AssemblyLoadContext System.AppDomainManager",
    "crypto": """System.Security.Cryptography.Aes System.Security.Cryptography.AesManaged
        System.Security.Cryptography.AesCryptoServiceProvider System.Security.Cryptography.RijndaelManaged
        System.Security.Cryptography.Rijndael System.Security.Cryptography.SymmetricAlgorithm
        System.Security.Cryptography.ICryptoTransform System.Security.Cryptography.CryptoStream
        System.Security.Cryptography.TripleDES System.Security.Cryptography.DES
        System.Security.Cryptography.DESCryptoServiceProvider System.Security.Cryptography.RC2
        System.Security.Cryptography.RSACryptoServiceProvider System.Security.Cryptography.RSA
        System.Security.Cryptography.AesGcm System.Security.Cryptography.ChaCha20Poly1305
        System.Security.Cryptography.Rfc2898DeriveBytes""",
    "compression": "System.IO.Compression",
    "registry": "Microsoft.Win32.Registry Microsoft.Win32.RegistryKey",
    "credentials": """System.Security.Cryptography.ProtectedData System.DirectoryServices
        System.Net.CredentialCache""",
    "privilege": "System.Security.Principal.WindowsIdentity System.Security.Principal.WindowsPrincipal",
    "management": "System.Management.ManagementObject System.Management.ManagementObjectSearcher "
    "System.Management.ManagementClass System.Management.ManagementScope",
    "service": "System.ServiceProcess System.Configuration.Install",
    "host-identity": "System.Net.NetworkInformation",
    "screen-input-capture": "System.Windows.Forms.Clipboard System.Drawing.Graphics.CopyFromScreen",
}

_MEMBERS: dict[str, str] = {
    "dynamic-load": """System.Reflection.Assembly.Load System.Reflection.Assembly.LoadFrom
        System.Reflection.Assembly.LoadFile System.Reflection.Assembly.UnsafeLoadFrom
        System.AppDomain.Load System.AppDomain.ExecuteAssembly System.Reflection.Assembly.LoadModule
        System.AppDomain.add_AssemblyResolve""",
    "reflection": """System.Reflection.MethodBase.Invoke System.Type.InvokeMember
        System.Activator.CreateInstance System.Type.GetMethod System.Delegate.CreateDelegate
        System.Delegate.DynamicInvoke
        System.Reflection.MethodInfo.CreateDelegate""",
    "memory-exec": """System.Runtime.InteropServices.Marshal.GetDelegateForFunctionPointer
        System.Runtime.InteropServices.NativeLibrary.Load
        System.Runtime.InteropServices.NativeLibrary.GetExport
        System.Runtime.CompilerServices.RuntimeHelpers.PrepareMethod
        System.RuntimeMethodHandle.GetFunctionPointer""",
    "host-identity": """System.Environment.get_MachineName System.Environment.get_UserName
        System.Environment.get_UserDomainName System.Environment.get_OSVersion""",
    "dns": "System.Net.Dns.GetHostEntry System.Net.Dns.GetHostAddresses",
}

_TYPE_FAMILY = {name: family for family, names in _TYPES.items() for name in names.split()}
_MEMBER_FAMILY = {name: family for family, names in _MEMBERS.items() for name in names.split()}
DOTNET_FAMILIES: tuple[str, ...] = tuple(sorted({*_TYPES, *_MEMBERS}))


@cache
def dotnet_family(type_name: str, member: str) -> str:
    """Give the family of a member of another assembly, or an empty string."""
    full = f"{type_name}.{member}"
    found = _MEMBER_FAMILY.get(full) or _TYPE_FAMILY.get(full)
    name = type_name
    while not found and name:
        found = _TYPE_FAMILY.get(name)
        name = name.rpartition(".")[0]
    return found or ""
