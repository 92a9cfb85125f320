import Lz4Codec from '@2l/kafkajs-lz4';
import zstd from '@mongodb-js/zstd';
import kafkajs from 'kafkajs';
import snappy from 'kafkajs-snappy';

const { CompressionCodecs, CompressionTypes } = kafkajs;

/**
 * Its plug-ins. That for zstd, of its own makers, is built where it is installed; what a plug-in
 * does is done here by a package that comes with its binary.
 */
CompressionCodecs[CompressionTypes.Snappy] = snappy;
CompressionCodecs[CompressionTypes.LZ4] = new Lz4Codec().codec;
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: ({ buffer }) => zstd.compress(buffer),
  decompress: (buffer) => zstd.decompress(buffer),
});

/** By the names of our lines. */
export const COMPRESSION = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};
