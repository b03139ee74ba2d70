package alike

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"mailbox/cases/grams"
)

// The letters of these tests are invented.
var (
	streets = []string{"滨河东路", "桃源街", "云塘北路", "樟树巷", "育才街", "湖湘大道", "双拥路", "砚井路", "芙蓉中路", "白石街"}
	places  = []string{"金桥花园", "翠竹小区", "河畔家园", "建设新村", "星城国际", "锦绣华庭", "莲湖公寓", "窑湾社区", "盘龙山庄", "东坪市场"}
	matters = []string{
		"楼下的烧烤店每天营业到凌晨三点，油烟直接排进楼道，门窗都不敢开",
		"二次供水水箱两年没有清洗，水龙头流出来的水发黄还有铁锈味",
		"三盏路灯坏了快一个月，下晚自习的学生只能摸黑走",
		"雨水井盖被压坏，已经有两位骑电动车的老人摔伤",
		"菜市场门口的摊贩把人行道全部占满，行人被逼到机动车道上",
		"电梯一周困人三回，维保单位每次只是重启，不更换配件",
		"河道里排进来黑色污水，鱼都翻了白，夜里气味最重",
		"公交站牌被施工围挡遮住，老人等了半小时才知道线路改了",
	}
	wishes = []string{"希望有关部门尽快处理，谢谢！", "恳请领导重视，给我们一个答复。", "盼回复。", "请问什么时候能解决？"}
)

// letters makes n invented letters; the same seed makes the same.
func letters(n int, seed uint64) []Text {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	all := make([]Text, n)
	for i := range all {
		place, matter := pick(places), pick(matters)
		all[i] = Text{
			Title: place + strings.SplitN(matter, "，", 2)[0],
			Body: fmt.Sprintf("您好，我是%s%s%d栋的住户。%s。%s%s", pick(streets), place, r.IntN(40)+1, matter,
				pick(matters), pick(wishes)),
		}
	}
	return all
}

func counted(all []Text) *grams.Counts {
	c := &grams.Counts{}
	for _, t := range all {
		c.Add(grams.Fold(t.Title + "\n" + t.Body))
	}
	return c
}
