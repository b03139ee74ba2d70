package substance

import (
	"fmt"

	"mailbox/cases/errs"
)

type word struct{ zh, en string }

func (w word) in(lang errs.Lang) string {
	if lang == errs.EN {
		return w.en
	}
	return w.zh
}

var names = map[Kind]word{
	TooShort:      {"没有内容", "no content"},
	OnlyForwarded: {"只称已转交或请等待", "only passed on"},
	OnlyTold:      {"只称已告知", "only told elsewhere"},
	OnlyElsewhere: {"只让另找他人", "only sends elsewhere"},
	OnlyRefused:   {"只称不归办或办不了", "only refuses"},
	OnlyAsked:     {"只要求补充信息", "only asks back"},
	Unrelated:     {"与来信无关", "unrelated to the letter"},
	NearIdentical: {"与其他答复雷同", "near-identical"},
	NoFact:        {"没有事实", "no fact"},
	NoBasis:       {"没有依据", "no basis"},
	NoContact:     {"没有联系方式", "no contact"},
}

var reasons = map[Kind]word{
	OnlyForwarded: {"只说已转交、正在办理或请等待，没有说明情况和结果", "says only that the matter was passed on, is being handled, or to wait"},
	OnlyTold:      {"只说已经（或没能）告知来信人，其他人看不到告知的内容", "says only that the writer was told, or could not be reached: nobody else can read what"},
	OnlyElsewhere: {"只让来信人去问别处或自行查询，没有说明情况", "only sends the writer to ask or look elsewhere"},
	OnlyRefused:   {"只说不归本单位或办不了，没有说明理由以及该找谁", "says only that it is not ours or cannot be done, without why and who instead"},
	OnlyAsked:     {"只要求来信人补充信息；需要补充时可以“请来信人补充材料”，办件不必答复", "only asks the writer for something, which can be done without answering: ask for more information"},
	Unrelated:     {"与来信几乎没有相同的词语", "has hardly a word in common with the letter"},
	NoFact:        {"没有核查、办理、时间、数量等事实", "names nothing that was checked, done, dated or measured"},
	NoBasis:       {"来信问到规定或依据，答复没有提到任何规定或文件", "the letter asks about rules, and no rule or document is named"},
	NoContact:     {"让来信人另找他人，但没有电话、地址或网址", "sends the writer elsewhere without a telephone, an address or a page"},
}

// Name names a kind; an unknown one, from a later version, is given as it is.
func Name(lang errs.Lang, k Kind) string {
	if w, known := names[k]; known {
		return w.in(lang)
	}
	return string(k)
}

// Reason tells a reviewer in words why the sign is there.
func (s Sign) Reason(lang errs.Lang) string {
	switch s.Kind {
	case TooShort:
		if s.Left == 0 {
			return word{"除称呼和客套话外没有内容", "has nothing beside salutation and thanks"}.in(lang)
		}
		return fmt.Sprintf(word{"除称呼和客套话外只有 %d 个字", "has only %d characters beside salutation and thanks"}.in(lang), s.Left)
	case NearIdentical:
		percent := int(s.Alike * 100)
		if s.Others > 1 {
			return fmt.Sprintf(word{"与其他事项的 %d 件答复几乎相同，最像的一件有 %d%% 的文字相同", "is nearly the same as %d replies to other matters; with the nearest it shares %d %% of its text"}.in(lang), s.Others, percent)
		}
		return fmt.Sprintf(word{"与其他事项的答复几乎相同，%d%% 的文字相同", "is nearly the same as a reply to another matter: %d %% of its text"}.in(lang), percent)
	default:
		w, known := reasons[s.Kind]
		if !known {
			return string(s.Kind)
		}
		return w.in(lang)
	}
}
