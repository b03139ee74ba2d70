// Package files is what may be attached to a letter: how it is looked at, how it is made harmless, and where it is kept.
//
// A photograph of a broken pipe tells more than a page of text, and also tells things its writer did not mean to:
// where the telephone stood to a few metres, whose it is, when it was taken. [Accept] therefore keeps no photograph
// as it came. It looks at the bytes, never at the name or the declared type; reads the size from the header before
// anything is decoded; decodes; turns the picture upright as its EXIF orientation says; makes it fit into
// 2,560 × 2,560 pixels; and encodes it anew. What is kept holds pixels and nothing else: no place, no
// camera, no comment, no thumbnail, no colour profile, nothing behind the end. Colours of a wide-gamut profile come
// out a little paler for it.
//
// A PDF or Word document cannot be encoded anew without harm, and is kept byte for byte: [Clean.KeepsOwnData] is set,
// and the page must say that the document's own data (author, dates, earlier versions) go to the office with it.
// It is refused when it is two kinds of file at once, when it could run something (macros, scripts, launching), or
// when it would unfold to more than a reader's machine bears. Compressed object streams of a PDF are not looked into,
// so a script may hide in one, and what is embedded in a Word document is not opened. Hence documents
// are only ever offered as a download ([Disposition]), under a type of our own naming.
// This is no virus scanner; a city that has one runs it over the store.
//
// | sent | kept as | what is done |
// |---|---|---|
// | JPEG | JPEG, quality 85 | upright, at most 2,560 pixels an edge, pixels only |
// | PNG, APNG | PNG; a large picture without transparency or palette becomes JPEG | first frame, at most 2,560 pixels an edge, pixels only |
// | WebP | JPEG, or PNG when parts are transparent | as above; animations are refused |
// | PDF, DOCX, DOC | as sent | looked at, see above |
// | anything else | refused | the error says what to do instead |
//
// At most two pictures are in work at once; each needs 400 MB at the very most, some 80 MB and half a second for
// a photograph of 12 megapixels.
//
// What is kept goes into a [Store] under a random key ([NewKey]), in a [Directory] or in a bucket ([S3]); its name
// and type stay in the database. Names come from [CleanName] and reach the browser through [Disposition].
//
// Sources: OWASP File Upload Cheat Sheet (allow list, content before name, random names, own directory, re-encoding,
// limits); RFC 6266 and RFC 8187 (Content-Disposition, filename*); CIPA DC-008-2019 (EXIF 2.32) 4.6.4, tag 0x0112 (orientation);
// ISO 32000-1, 7.3.5 (names in PDF) and 12.6.4 (actions); PKWARE APPNOTE 6.3 (ZIP); MS-CFB (compound files).
package files
