package report

import (
	"archive/zip"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"mailbox/cases/errs"
)

// The parts of a DOCX file that are always the same. A library would bring megabytes for what is a few files of XML in
// an archive: paragraphs, tables and a page number (ECMA-376, WordprocessingML).
const (
	docxTypes = xml.Header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>` +
		`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
		`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
		`</Types>`
	docxRels = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
		`</Relationships>`
	docxDocumentRels = xml.Header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/footer" Target="footer1.xml"/>` +
		`</Relationships>`
	docxSpaces = ` xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`

	// The page number between dashes, as official documents have it.
	docxFooter = xml.Header + `<w:ftr` + docxSpaces + `><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>` +
		`<w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>` +
		`<w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>` +
		`<w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`

	// A4 with the margins of GB/T 9704, in twentieths of a point: 37, 26, 35 and 28 mm.
	docxPage = `<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz w:w="11906" w:h="16838"/>` +
		`<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1587" w:header="851" w:footer="1361" w:gutter="0"/></w:sectPr>`

	docxBorders = `<w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>` +
		`<w:top w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:left w:val="single" w:sz="4" w:space="0" w:color="000000"/>` +
		`<w:bottom w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:right w:val="single" w:sz="4" w:space="0" w:color="000000"/>` +
		`<w:insideH w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:insideV w:val="single" w:sz="4" w:space="0" w:color="000000"/>` +
		`</w:tblBorders><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr>`
)

// docxStyles are the styles: fonts, sizes in half points, lines in twentieths of a point.
func docxStyles(lang errs.Lang) string {
	var b strings.Builder
	fonts := func(face string) string {
		return `<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:cs="Times New Roman" w:eastAsia="` + face + `"/>`
	}
	const fang, hei, song = "仿宋_GB2312", "黑体", "方正小标宋简体"
	indent := `<w:ind w:firstLine="640" w:firstLineChars="200"/>`
	if lang == errs.EN {
		indent = ""
	}
	style := func(id, name, paragraph, face string, size int) {
		isDefault, base := "", `<w:basedOn w:val="Normal"/>`
		if id == "Normal" {
			isDefault, base = ` w:default="1"`, ""
		}
		fmt.Fprintf(&b, `<w:style w:type="paragraph"%s w:styleId="%s"><w:name w:val="%s"/>%s<w:qFormat/><w:pPr>%s</w:pPr><w:rPr>%s<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr></w:style>`,
			isDefault, id, name, base, paragraph, fonts(face), size, size)
	}
	b.WriteString(xml.Header + `<w:styles` + docxSpaces + `><w:docDefaults><w:rPrDefault><w:rPr>` + fonts(fang) +
		`<w:lang w:val="en-GB" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>`)
	style("Normal", "Normal", "", fang, 32)
	style("Title", "Title", `<w:spacing w:after="480" w:line="680" w:lineRule="exact"/><w:jc w:val="center"/>`, song, 44)
	style("Heading1", "heading 1", `<w:keepNext/><w:spacing w:line="580" w:lineRule="exact"/>`+indent+`<w:outlineLvl w:val="0"/>`, hei, 32)
	style("BodyText", "Body Text", `<w:spacing w:line="580" w:lineRule="exact"/>`+indent+`<w:jc w:val="both"/>`, fang, 32)
	style("Scope", "Scope", `<w:spacing w:line="420" w:lineRule="exact"/>`+strings.ReplaceAll(indent, "640", "480")+`<w:jc w:val="both"/>`, fang, 24)
	style("Caption", "caption", `<w:keepNext/><w:spacing w:before="160" w:after="60"/><w:jc w:val="center"/>`, hei, 24)
	style("Cell", "Cell", `<w:jc w:val="right"/>`, fang, 21)
	style("CellName", "Cell Name", `<w:jc w:val="left"/>`, fang, 21)
	style("CellHead", "Cell Head", `<w:keepNext/><w:jc w:val="center"/>`, hei, 21)
	style("Source", "Source", `<w:spacing w:before="360"/>`, fang, 21)
	style("Footer", "footer", `<w:jc w:val="center"/>`, "宋体", 28)
	b.WriteString(`</w:styles>`)
	return b.String()
}

// WriteWrittenDOCX writes the report for a word processor, where its last part is filled in. Drawings are given as
// tables.
func WriteWrittenDOCX(w io.Writer, of Written, lang errs.Lang, made Made) error {
	archive := zip.NewWriter(w)
	for _, part := range [][2]string{
		{"[Content_Types].xml", docxTypes},
		{"_rels/.rels", docxRels},
		{"word/document.xml", docxBody(newDocument(&of, lang, made))},
		{"word/_rels/document.xml.rels", docxDocumentRels},
		{"word/styles.xml", docxStyles(lang)},
		{"word/footer1.xml", docxFooter},
	} {
		// Without a time of its own, the same report is the same file.
		file, err := archive.CreateHeader(&zip.FileHeader{Name: part[0], Method: zip.Deflate})
		if err == nil {
			_, err = io.WriteString(file, part[1])
		}
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func docxBody(d *document) string {
	var b strings.Builder
	b.WriteString(xml.Header + `<w:document` + docxSpaces + `><w:body>`)
	docxParagraph(&b, "Title", d.Name())
	for _, section := range d.Sections {
		body := "BodyText"
		if section.Scope {
			body = "Scope"
		}
		docxParagraph(&b, "Heading1", section.Heading)
		for _, block := range section.Blocks {
			switch {
			case block.Table != nil:
				docxTable(&b, block.Table)
			case block.Chart != nil:
				docxTable(&b, block.Chart.table())
			case block.Room != nil:
				for range block.Room {
					docxParagraph(&b, body, "")
				}
			default:
				docxParagraph(&b, body, block.Text)
			}
		}
	}
	for _, line := range d.Fill {
		docxParagraph(&b, "BodyText", line)
	}
	docxParagraph(&b, "Source", d.Source)
	b.WriteString(docxPage + `</w:body></w:document>`)
	return b.String()
}

// table is the drawing's numbers.
func (d *drawing) table() *grid {
	table := &grid{Caption: d.Title, Heads: d.Heads[:]}
	for _, bar := range d.Bars {
		table.Lines = append(table.Lines, []string{bar.Label, bar.Value})
	}
	return table
}

func docxParagraph(b *strings.Builder, style, text string) {
	b.WriteString(`<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr>`)
	if text != "" {
		b.WriteString(`<w:r><w:t xml:space="preserve">`)
		_ = xml.EscapeText(b, []byte(text)) // a Builder takes everything
		b.WriteString(`</w:t></w:r>`)
	}
	b.WriteString(`</w:p>`)
}

func docxTable(b *strings.Builder, g *grid) {
	docxParagraph(b, "Caption", g.Caption)
	b.WriteString(`<w:tbl>` + docxBorders + `<w:tblGrid>` + strings.Repeat(`<w:gridCol/>`, len(g.Heads)) + `</w:tblGrid>`)
	row := func(properties string, cells []string, style func(column int) string) {
		b.WriteString(`<w:tr><w:trPr><w:cantSplit/>` + properties + `</w:trPr>`)
		for i, cell := range cells {
			b.WriteString(`<w:tc><w:tcPr><w:vAlign w:val="center"/></w:tcPr>`)
			docxParagraph(b, style(i), cell)
			b.WriteString(`</w:tc>`)
		}
		b.WriteString(`</w:tr>`)
	}
	row(`<w:tblHeader/>`, g.Heads, func(int) string { return "CellHead" })
	for _, line := range g.Lines {
		row("", line, func(column int) string {
			if column == 0 {
				return "CellName"
			}
			return "Cell"
		})
	}
	b.WriteString(`</w:tbl>`)
	docxParagraph(b, "BodyText", "")
}
