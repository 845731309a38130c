/* Encodes all files of a folder with DCMTK's codecs, in one thread and one process.
 *
 *     encode jpeg-lossless|jpeg-ls|rle FOLDER
 *
 * Reads each instance and encodes its pixels as dcmcjpeg +e1, dcmcjpls and dcmcrle do by default,
 * without what starting those programs for each file and writing a file would add. Prints the
 * number of instances, the bytes of Pixel Data that they had and the bytes that codestreams have.
 */

#include <dcmtk/config/osconfig.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/dcmjpls/djrparam.h>
#include <dcmtk/oflog/oflog.h>

namespace {

struct totals {
    unsigned long instances = 0, native = 0, encoded = 0;
};

[[noreturn]] void fail(const std::string &what, const char *why)
{
    std::fprintf(stderr, "%s: %s\n", what.c_str(), why);
    std::exit(1);
}

void check(const OFCondition &condition, const std::string &file)
{
    if (condition.bad())
        fail(file, condition.text());
}

unsigned long length_of_codestreams(DcmDataset &data_set, E_TransferSyntax syntax,
                                    const DcmRepresentationParameter *parameter,
                                    const std::string &file)
{
    DcmElement *element = nullptr;
    check(data_set.findAndGetElement(DCM_PixelData, element), file);
    DcmPixelSequence *sequence = nullptr;
    auto *pixel_data = OFstatic_cast(DcmPixelData *, element);
    check(pixel_data->getEncapsulatedRepresentation(syntax, parameter, sequence), file);
    unsigned long length = 0;
    for (unsigned long index = 1; index < sequence->card(); ++index) {
        DcmPixelItem *item = nullptr;
        check(sequence->getItem(item, index), file);
        length += item->getLength();
    }
    return length;
}

void encode(const std::string &file, E_TransferSyntax syntax,
            const DcmRepresentationParameter *parameter, totals &sum)
{
    DcmFileFormat format;
    check(format.loadFile(file.c_str()), file);
    DcmDataset &data_set = *format.getDataset();
    DcmElement *element = nullptr;
    check(data_set.findAndGetElement(DCM_PixelData, element), file);
    sum.native += element->getLength();
    check(data_set.chooseRepresentation(syntax, parameter), file);
    if (!data_set.canWriteXfer(syntax))
        fail(file, "cannot be encoded");
    sum.encoded += length_of_codestreams(data_set, syntax, parameter, file);
    ++sum.instances;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 3)
        fail("usage", "encode jpeg-lossless|jpeg-ls|rle FOLDER");
    OFLog::configure(OFLogger::ERROR_LOG_LEVEL);
    const std::string coding = argv[1];
    const DJ_RPLossless jpeg_lossless;
    const DJLSRepresentationParameter jpeg_ls;
    const DcmRLERepresentationParameter rle;
    const DcmRepresentationParameter *parameter = nullptr;
    E_TransferSyntax syntax = EXS_Unknown;
    if (coding == "jpeg-lossless") {
        /* Optimized Huffman tables, as dcmcjpeg's default is. */
        DJEncoderRegistration::registerCodecs(ECC_lossyYCbCr, EUC_default, OFTrue);
        syntax = EXS_JPEGProcess14SV1;
        parameter = &jpeg_lossless;
    } else if (coding == "jpeg-ls") {
        /* Raw mode and interleaved lines, which are dcmcjpls's defaults and not the library's. */
        DJLSEncoderRegistration::registerCodecs(0, 0, 0, 0, OFFalse, 0, OFTrue, EJLSUC_default,
                                                OFFalse, DJLSCodecParameter::interleaveLine);
        syntax = EXS_JPEGLSLossless;
        parameter = &jpeg_ls;
    } else if (coding == "rle") {
        DcmRLEEncoderRegistration::registerCodecs();
        syntax = EXS_RLELossless;
        parameter = &rle;
    } else {
        fail(coding, "not known");
    }
    totals sum;
    for (const auto &entry : std::filesystem::directory_iterator(argv[2]))
        encode(entry.path().string(), syntax, parameter, sum);
    std::printf("{\"instances\": %lu, \"native_bytes\": %lu, \"encoded_bytes\": %lu}\n",
                sum.instances, sum.native, sum.encoded);
    return 0;
}
