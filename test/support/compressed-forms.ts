import { crc32, gzipSync } from 'node:zlib'
import type { CompressionCodec } from '../../src/core/records/batch-header.js'

/** Compressed bytes in one of the forms that a codec allows, and what they hold. */
export interface CompressedForm {
  readonly codec: Exclude<CompressionCodec, 'none'>
  readonly name: string
  readonly bytes: Uint8Array
  /** null: they are broken */
  readonly content: string | null
  /** what Java's client makes of them, where that is something else, and why */
  readonly java?: { readonly content: string | null; readonly why: string }
}

const one = 'a rose is a rose is a rose is a rose is a rose. '
const two = 'by any other name it is a rose, a rose, a rose, a rose. '
const zeros = '\0'.repeat(70_000)

const hex = (...parts: readonly string[]): Uint8Array => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex')
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)
const cut = (bytes: Uint8Array, count: number): Uint8Array => bytes.subarray(0, bytes.length - count)
/** The bytes with the one at this place (from the end where negative) changed. */
const changed = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  const index = at < 0 ? bytes.length + at : at
  copy[index] = (copy[index] ?? 0) ^ 0x55
  return copy
}
const none = new Uint8Array(0)
const noise = hex('00 01 02 03 04 05 06 07 08 09')

// Frames by the zstd 1.5.4 command line.
const zstd = {
  one: hex('28b52ffd2030950000606120726f7365206973202e2001004b1624'),
  checked: hex('28b52ffd2430950000606120726f7365206973202e2001004b1624e7daeaee'),
  noSize: hex('28b52ffd0058950000606120726f7365206973202e2001004b1624'),
  window128: hex('28b52ffd0088950000606120726f7365206973202e2001004b1624'),
  two: hex(
    '28b52ffd24384501001402627920616e79206f74686572206e616d65206974206973206120726f73652c2e200100af2e4e5f7a3562'
  ),
  empty: hex('28b52ffd2000010000'),
  emptyChecked: hex('28b52ffd240001000099e9d851'),
  zeros: hex('28b52ffda07011010055000010000001006b1139c002'),
  raw: hex('28b52ffd200811000074776f206279746520'),
  skippable: hex('502a4d18 05000000 ffffffffff'),
  skippableLast: hex('5f2a4d18 00000000'),
  noKind: hex('28b52ffd2030 970000606120726f7365206973202e2001004b1624'),
  window256: hex('28b52ffd0090950000606120726f7365206973202e2001004b1624'),
  reserved: hex('28b52ffd2830950000606120726f7365206973202e2001004b1624'),
  otherDictionary: hex('28b52ffd 21 07 30 950000606120726f7365206973202e2001004b1624')
}

const cutOff = 'ZstdInputStream takes what has given nothing yet for the end'

const zstdForms: readonly Omit<CompressedForm, 'codec'>[] = [
  { name: 'one frame', bytes: zstd.one, content: one },
  { name: 'with a checksum', bytes: zstd.checked, content: one },
  { name: 'without the size of its content', bytes: zstd.noSize, content: one },
  { name: 'with a window of 128 MB', bytes: zstd.window128, content: one },
  { name: 'two frames', bytes: join(zstd.one, zstd.two), content: one + two },
  {
    name: 'three frames, the last without a size',
    bytes: join(zstd.two, zstd.checked, zstd.noSize),
    content: two + one + one
  },
  { name: 'an empty frame', bytes: zstd.empty, content: '' },
  { name: 'an empty frame before another', bytes: join(zstd.emptyChecked, zstd.one), content: one },
  { name: 'an empty frame behind another', bytes: join(zstd.one, zstd.empty), content: one },
  { name: 'a skippable frame first', bytes: join(zstd.skippable, zstd.one), content: one },
  { name: 'a skippable frame between two', bytes: join(zstd.one, zstd.skippable, zstd.two), content: one + two },
  { name: 'a skippable frame last', bytes: join(zstd.one, zstd.skippableLast), content: one },
  { name: 'nothing but a skippable frame', bytes: zstd.skippable, content: '' },
  { name: 'more than one block', bytes: zstd.zeros, content: zeros },
  { name: 'no bytes at all', bytes: none, content: '' },
  { name: 'a frame that ends too early', bytes: cut(zstd.one, 3), content: null },
  {
    name: 'a second frame that ends too early',
    bytes: join(zstd.one, cut(zstd.two, 9)),
    content: null,
    java: { content: one, why: cutOff }
  },
  {
    name: 'a skippable frame that ends too early',
    bytes: join(zstd.one, cut(zstd.skippable, 1)),
    content: null,
    java: { content: one, why: cutOff }
  },
  { name: 'a checksum that is wrong', bytes: changed(zstd.checked, -1), content: null },
  { name: 'a checksum that is missing', bytes: cut(zstd.checked, 4), content: null },
  { name: 'noise behind a frame', bytes: join(zstd.one, noise), content: null },
  { name: 'three bytes behind a frame', bytes: join(zstd.one, noise.subarray(0, 3)), content: null },
  { name: 'a dictionary that nobody has', bytes: zstd.otherDictionary, content: null },
  { name: 'a block of a kind that is none', bytes: zstd.noKind, content: null },
  { name: 'a window of 256 MB', bytes: zstd.window256, content: null },
  { name: 'a size of its content that is wrong', bytes: changed(zstd.one, 5), content: null },
  { name: 'a bit of the header that is reserved', bytes: zstd.reserved, content: null },
  { name: 'noise', bytes: noise, content: null }
]

const gzip = { one: gzipSync(one), two: gzipSync(two), empty: gzipSync(''), stored: gzipSync(one, { level: 0 }) }
/** With all that a header may hold: extra bytes, a name, a comment, a checksum of itself. */
const gzipHeader = hex('1f8b08 1e 00000000 00 03 0200 abcd 6f6e6500 776f7900')
const gzipNamed = join(
  gzipHeader,
  new Uint8Array(new Uint16Array([crc32(gzipHeader) & 0xffff]).buffer),
  gzip.one.subarray(10)
)

const noHeader = 'GZIPInputStream takes a header that is broken for noise'

const gzipForms: readonly Omit<CompressedForm, 'codec'>[] = [
  { name: 'one member', bytes: gzip.one, content: one },
  { name: 'a member that is stored', bytes: gzip.stored, content: one },
  { name: 'two members', bytes: join(gzip.one, gzip.two), content: one + two },
  { name: 'three members, the second empty', bytes: join(gzip.one, gzip.empty, gzip.two), content: one + two },
  { name: 'an empty member', bytes: gzip.empty, content: '' },
  { name: 'noise behind a member', bytes: join(gzip.one, noise), content: one },
  { name: 'zeros behind a member', bytes: join(gzip.one, new Uint8Array(20)), content: one },
  { name: 'one byte behind a member', bytes: join(gzip.one, noise.subarray(0, 1)), content: one },
  {
    name: 'what begins like a member behind one',
    bytes: join(gzip.one, hex('1f8b0700')),
    content: null,
    java: { content: one, why: noHeader }
  },
  {
    name: 'a second header that is cut off',
    bytes: join(gzip.one, gzip.two.subarray(0, 7)),
    content: null,
    java: { content: one, why: noHeader }
  },
  { name: 'no bytes at all', bytes: none, content: null },
  { name: 'a member that ends too early', bytes: cut(gzip.one, 12), content: null },
  { name: 'a member whose checksum is missing', bytes: cut(gzip.one, 8), content: null },
  { name: 'a member whose checksum is wrong', bytes: changed(gzip.one, -8), content: null },
  { name: 'a member whose size is wrong', bytes: changed(gzip.one, -4), content: null },
  { name: 'a second member that ends too early', bytes: join(gzip.one, cut(gzip.two, 12)), content: null },
  { name: 'zlib’s own header', bytes: hex('789c4b4c4a0600024d0127'), content: null },
  { name: 'noise', bytes: noise, content: null },
  { name: 'a header with all that it may hold', bytes: gzipNamed, content: one }
]

// Frames by the lz4 1.9.4 command line.
const lz4Block = '14000000 af6120726f7365206973200a000e506f73652e20'
const lz4 = {
  one: hex('04224d18 604082', lz4Block, '00000000'),
  checked: hex('04224d18 6440a7', lz4Block, '00000000 9a26b295'),
  blocksChecked: hex('04224d18 7440bd', lz4Block, '59026af2 00000000 9a26b295'),
  sized: hex('04224d18 6840 3000000000000000 92', lz4Block, '00000000'),
  sizedChecked: hex('04224d18 6c40 3000000000000000 84', lz4Block, '00000000 9a26b295'),
  twoBlocks: hex('04224d18 604082', lz4Block, lz4Block, '00000000'),
  stored: join(hex('04224d18 604082 30000080'), Buffer.from(one), hex('00000000')),
  blocks4MB: hex('04224d18 647083'),
  two: hex(
    '04224d18 6440a7 2a000000 ff10627920616e79206f74686572206e616d65206974206973206120726f73652c080001506f73652e2000000000 0ac90223'
  ),
  empty: hex('04224d18 6440a7 00000000 055dcc02'),
  skippable: hex('502a4d18 05000000 ffffffffff'),
  legacy: hex('02214c18', lz4Block),
  /** The second block is "repeat the 43 bytes that are 48 back, then five more". */
  dependent: join(hex('04224d18 4040c0 30000080'), Buffer.from(one), hex('0a000000 0f3000 18 50 6f73652e20 00000000'))
}

const firstOnly = 'Lz4BlockInputStream reads one frame and asks no more of what is behind it'

const lz4Forms: readonly Omit<CompressedForm, 'codec'>[] = [
  { name: 'one frame', bytes: lz4.one, content: one },
  { name: 'with a checksum', bytes: lz4.checked, content: one },
  { name: 'with checksums of blocks', bytes: lz4.blocksChecked, content: one },
  { name: 'with the size of its content', bytes: lz4.sized, content: one },
  { name: 'with size and checksum', bytes: lz4.sizedChecked, content: one },
  { name: 'two blocks', bytes: lz4.twoBlocks, content: one + one },
  { name: 'a block that is stored', bytes: lz4.stored, content: one },
  { name: 'an empty frame', bytes: lz4.empty, content: '' },
  {
    name: 'blocks that refer to those before',
    bytes: lz4.dependent,
    content: one + one,
    java: { content: null, why: 'it refuses blocks that depend on others' }
  },
  { name: 'two frames', bytes: join(lz4.one, lz4.two), content: one + two, java: { content: one, why: firstOnly } },
  {
    name: 'an empty frame before another',
    bytes: join(lz4.empty, lz4.one),
    content: one,
    java: { content: '', why: firstOnly }
  },
  {
    name: 'a skippable frame first',
    bytes: join(lz4.skippable, lz4.one),
    content: one,
    java: { content: null, why: 'it knows no frames to be skipped' }
  },
  { name: 'a skippable frame last', bytes: join(lz4.one, lz4.skippable), content: one },
  { name: 'no bytes at all', bytes: none, content: null },
  { name: 'a legacy frame', bytes: lz4.legacy, content: null },
  { name: 'a frame that ends within a block', bytes: cut(lz4.one, 7), content: null },
  { name: 'a frame without an end', bytes: cut(lz4.one, 4), content: null },
  { name: 'a frame whose checksum is missing', bytes: cut(lz4.checked, 4), content: null },
  { name: 'noise behind a frame', bytes: join(lz4.one, noise), content: one },
  { name: 'one byte behind a frame', bytes: join(lz4.one, noise.subarray(0, 1)), content: one },
  {
    name: 'a second frame that ends too early',
    bytes: join(lz4.one, cut(lz4.two, 20)),
    content: null,
    java: { content: one, why: firstOnly }
  },
  { name: 'a frame that is nothing but a header', bytes: lz4.one.subarray(0, 7), content: null },
  { name: 'noise', bytes: noise, content: null }
]

// "abc": the length, and a literal. The second block: "abcabcabc" by a literal and a copy of six bytes, three back.
const snappyAbc = '03 08 616263'
const snappyCopied = '09 08 616263 09 03'
const xerial = '82534e4150505900 00000001 00000001'

const snappyForms: readonly Omit<CompressedForm, 'codec'>[] = [
  { name: 'one block without frames', bytes: hex(snappyAbc), content: 'abc' },
  { name: 'one block with a copy that overlaps', bytes: hex(snappyCopied), content: 'abcabcabc' },
  { name: 'a copy of two bytes’ distance', bytes: hex('09 08 616263 16 0300'), content: 'abcabcabc' },
  { name: 'a copy of four bytes’ distance', bytes: hex('09 08 616263 17 03000000'), content: 'abcabcabc' },
  { name: 'a literal whose length takes a byte', bytes: hex('03 f0 02 616263'), content: 'abc' },
  { name: 'an empty block without frames', bytes: hex('00'), content: '' },
  { name: 'Java’s frames, one', bytes: hex(xerial, '00000005', snappyAbc), content: 'abc' },
  {
    name: 'Java’s frames, several',
    bytes: hex(xerial, '00000005', snappyAbc, '00000007', snappyCopied, '00000005', snappyAbc),
    content: 'abcabcabcabcabc'
  },
  { name: 'Java’s frames, none', bytes: hex(xerial), content: '' },
  { name: 'Java’s frames, an empty one', bytes: hex(xerial, '00000001 00 00000005', snappyAbc), content: 'abc' },
  {
    name: 'Java’s frames of another version',
    bytes: hex('82534e4150505900 00000002 00000001 00000005', snappyAbc),
    content: 'abc'
  },
  {
    name: 'Java’s frames twice',
    bytes: hex(xerial, '00000005', snappyAbc, xerial, '00000005', snappyAbc),
    content: 'abcabc'
  },
  { name: 'no bytes at all', bytes: none, content: null },
  { name: 'half a header', bytes: hex(xerial).subarray(0, 11), content: null },
  { name: 'a block that ends too early', bytes: hex(xerial, '00000005 03 08 6162'), content: null },
  { name: 'half a length of a block', bytes: hex(xerial, '00000005', snappyAbc, '0000'), content: 'abc' },
  { name: 'a block that is longer than it says', bytes: hex('02 08 616263'), content: null },
  { name: 'a block that is shorter than it says', bytes: hex('04 08 616263'), content: null },
  { name: 'a copy from before the start', bytes: hex('09 08 616263 09 04'), content: null },
  {
    name: 'the frames of the snappy format',
    bytes: hex('ff060000 734e61507059 01070000 00000000 616263'),
    content: null
  },
  { name: 'noise behind a block', bytes: hex(snappyAbc, '000102'), content: null }
]

const ofCodec = (
  codec: CompressedForm['codec'],
  forms: readonly Omit<CompressedForm, 'codec'>[]
): readonly CompressedForm[] => forms.map((form) => ({ codec, ...form }))

/** The forms that a compressor may choose, those that none does and that are allowed, and broken ones. */
export const compressedForms: readonly CompressedForm[] = [
  ...ofCodec('gzip', gzipForms),
  ...ofCodec('snappy', snappyForms),
  ...ofCodec('lz4', lz4Forms),
  ...ofCodec('zstd', zstdForms)
]
