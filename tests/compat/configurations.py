"""Configuration files that pairs name: association negotiation profiles, loggers."""

PROFILES = """\
# Profiles for tests
[[TransferSyntaxes]]

[Uncompressed]
TransferSyntax1 = 1.2.840.10008.1.2.1
TransferSyntax2 = 1.2.840.10008.1.2.2
TransferSyntax3 = 1.2.840.10008.1.2

[Implicit]
TransferSyntax1 = LittleEndianImplicit

[Explicit]
TransferSyntax1 = LittleEndianExplicit
TransferSyntax2 = BigEndianExplicit

[Local]
TransferSyntax1 = LocalEndianExplicit
TransferSyntax2 = OppositeEndianExplicit

[Lossless]
TransferSyntax1 = JPEGLossless:Non-hierarchical-1stOrderPrediction
TransferSyntax2 = RLELossless

[Deflated]
TransferSyntax1 = DeflatedLittleEndianExplicit

[[PresentationContexts]]

[Plain]
PresentationContext1 = CTImageStorage\\Uncompressed
PresentationContext2 = MRImageStorage\\Implicit
PresentationContext3 = 1.2.840.10008.5.1.4.1.1.4\\Explicit

[Symbolic]
PresentationContext1 = SecondaryCaptureImageStorage\\Lossless
PresentationContext2 = SecondaryCaptureImageStorage\\Uncompressed
PresentationContext3 = MRImageStorage\\Local

[Deflated]
PresentationContext1 = CTImageStorage\\Deflated

[Gap]
PresentationContext1 = CTImageStorage\\Explicit
PresentationContext3 = MRImageStorage\\Explicit

[[SCPSCURoleSelection]]

[Roles]
Role1 = CTImageStorage\\SCU
Role2 = MRImageStorage\\BOTH

[[ExtendedNegotiation]]

[Extended]
ExtendedNegotiation1 = CTImageStorage\\020003000100
ExtendedNegotiation2 = 1.2.840.10008.5.1.4.1.1.4\\ff

[[Profiles]]

[Plain]
PresentationContexts = Plain

[Symbolic]
PresentationContexts = Symbolic

[Deflated]
PresentationContexts = Deflated

[Gap]
PresentationContexts = Gap

[Roles]
PresentationContexts = Plain
SCPSCURoleSelection = Roles

[Extended]
PresentationContexts = Plain
ExtendedNegotiation = Extended

[All]
PresentationContexts = Plain
SCPSCURoleSelection = Roles
ExtendedNegotiation = Extended
"""

BROKEN_PROFILES = """\
[[TransferSyntaxes]]
[Some]
TransferSyntax1 = LittleEndianExplicit
[[PresentationContexts]]
[Default]
PresentationContext1 = CTImageStorage\\None
[[Profiles]]
[Default]
PresentationContexts = Default
"""

LOGGER_TO_CONSOLE = """\
log4cplus.rootLogger = INFO, console
log4cplus.appender.console = log4cplus::ConsoleAppender
log4cplus.appender.console.logToStdErr = true
log4cplus.appender.console.layout = log4cplus::PatternLayout
log4cplus.appender.console.layout.ConversionPattern = %D{%Y-%m-%d} %5p: %m%n
"""

LOGGER_TO_FILE = """\
log4cplus.rootLogger = DEBUG, logfile
log4cplus.appender.logfile = log4cplus::FileAppender
log4cplus.appender.logfile.File = ${appname}.log
log4cplus.appender.logfile.Append = true
log4cplus.appender.logfile.ImmediateFlush = true
log4cplus.appender.logfile.layout = log4cplus::PatternLayout
log4cplus.appender.logfile.layout.ConversionPattern = %5p: %m%n
"""

COLONS = PROFILES.replace("020003000100", "02:00:03:00:01:00")

FILES = {
    "colons.cfg": COLONS,
    "profiles.cfg": PROFILES,
    "broken.cfg": BROKEN_PROFILES,
    "logger.cfg": LOGGER_TO_CONSOLE,
    "tofile.cfg": LOGGER_TO_FILE,
}
