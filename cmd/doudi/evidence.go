package main

import (
	"os"

	"doudi/record/audit"
	prove "doudi/record/evidence"
)

// proven is what verify tells machines of an evidence package (docs/json.md).
type proven struct {
	Format     string           `json:"format"`
	Digest     string           `json:"digest"`
	County     string           `json:"county"`
	Settlement prove.Settlement `json:"settlement"`
	Made       prove.Made       `json:"made"`
	Pack       prove.Pack       `json:"pack"`
	Files      int              `json:"files"`
	Figures    []figure         `json:"figures"`
	Entries    int              `json:"entries"`
	Waiting    int              `json:"waiting"` // entries that no seal covered yet
	Seals      int              `json:"seals"`
	Kept       int              `json:"kept"` // of the seals, those that the monthly files hold as well
}

// figure is one that was computed again.
type figure struct {
	Name words `json:"name"`
	Kept words `json:"kept"`
	Now  words `json:"now"`
}

// checkEvidence checks an evidence package without a database, and its seals against those that somebody else has kept.
func (a *app) checkEvidence(name string, months []*audit.Month) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return unreadable(name, err)
	}
	library, err := a.all()
	if err != nil {
		return err
	}
	checked, err := prove.Check(content, library)
	if err != nil {
		return inFile(name, err)
	}
	told := proven{"doudi.evidence/1", checked.Digest, checked.County, checked.Settlement, checked.Made, checked.Pack, len(checked.Files) + 2, []figure{},
		len(checked.Proof.Entries), checked.Proof.Waiting(), len(checked.Proof.Seals), 0}
	for _, month := range months {
		both, err := checked.Proof.Agrees(month)
		if err != nil {
			return inFile(name, err)
		}
		told.Kept += both
	}
	for _, c := range checked.Compared {
		told.Figures = append(told.Figures, figure{words(c.Name), words(c.Kept), words(c.Now)})
	}
	if a.json {
		return a.printJSON(told)
	}
	return a.tellEvidence(name, told)
}

func (a *app) tellEvidence(name string, p proven) error {
	a.printf(a.say("%s：%s 结算单 %s，%s 由 %s 导出\n", "%s: %s settlement %s, exported at %s by %s\n"), name, p.County, p.Settlement.Number, p.Made.Instant, p.Made.By.Name)
	a.printf(a.say("文件 %d 个，摘要相符\n", "files: %d, digests agree\n"), p.Files)
	for _, f := range p.Figures {
		if a.lang == "en" {
			a.printf("  same: %s %s\n", f.Name.EN, f.Now.EN)
		} else {
			a.printf("  一致：%s %s\n", f.Name.ZH, f.Now.ZH)
		}
	}
	a.printf(a.say("按政策包 %s %s 复算一致，%d 项\n", "computed again by the pack %s %s: the same, %d figures\n"), p.Pack.ID, p.Pack.Version, len(p.Figures))
	a.printf(a.say("审计记录 %d 条相符，其中 %d 条导出时待封存；封存 %d 批相接，%d 批与月度封存文件相同\n", "entries of the log: %d agree, %d of them not sealed when it was exported; seals: %d in a chain, %d the same as in the monthly files\n"),
		p.Entries, p.Waiting, p.Seals, p.Kept)
	a.printf(a.say("清单摘要 %s，与导出时的审计记录比对\n", "digest of the manifest %s; compare it with the entry of the download in the log\n"), p.Digest)
	return nil
}
