package county

import (
	"math/rand/v2"

	"doudi/kernel/ident"
)

// surnames with how many of a thousand people bear them, roughly as in the country, the rest shared out evenly among rarer ones.
var surnames = []struct {
	name string
	of   int
}{{"王", 72}, {"李", 71}, {"张", 67}, {"刘", 53}, {"陈", 44}, {"杨", 30}, {"赵", 23}, {"黄", 22}, {"周", 20}, {"吴", 20}, {"徐", 16}, {"孙", 15}, {"胡", 13}, {"朱", 13}, {"高", 12}, {"林", 12}, {"何", 11}, {"郭", 11}, {"马", 11}, {"罗", 9}}

// The characters that names are made of: given names of the old, those of later generations, and what villages are called after.
var (
	rarer       = []rune("梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文")
	oldMen      = []rune("德福荣贵祥富有才发财广长永安山河江海林树春明文清国正义忠信仁和平顺全兴茂昌盛堂庭")
	oldWomen    = []rune("秀英桂兰玉珍芳梅香莲菊凤琴云霞素淑贞珠金银花枝叶翠巧月娥")
	men         = []rune("伟强磊军洋勇涛明超刚平辉鹏飞建国志海峰波宁斌浩杰俊毅成立新民光东晓")
	women       = []rune("芳娜敏静丽艳娟霞秀红燕雪玲慧美佳婷莹倩颖晶琳洁蓉萍")
	boys        = []rune("子轩宇航浩然俊豪梓睿泽铭嘉诚奕辰博文思远天佑沐阳")
	girls       = []rune("雨涵欣怡诗琪梓萱佳慧思彤可馨语桐若曦艺沐瑶一诺")
	places      = []string{"柳", "石", "青", "白", "黄", "龙", "马", "杨", "枫", "桃", "梨", "竹", "松", "云", "月", "清", "双", "大", "新", "长"}
	landscapes  = []string{"河", "岭", "坪", "塘", "湾", "桥", "寨", "沟", "坡", "庄", "堡", "泉", "店", "岗", "洼", "埠"}
	communities = []string{"镇", "乡"}
)

// townName and villageName are names that nobody else in the county has.
func townName(i int) string {
	return places[(i*7+3)%len(places)] + landscapes[(i/len(places)+i*5)%len(landscapes)] + communities[i%5/4]
}

func villageName(i int) string {
	n := len(places) * len(landscapes)
	name := places[i%len(places)] + landscapes[i/len(places)%len(landscapes)]
	switch i / n {
	case 0:
	case 1:
		name = "上" + name
	case 2:
		name = "下" + name
	default:
		name = string(rarer[i/n%len(rarer)]) + "家" + name
	}
	return name + "村"
}

// Name is the i-th of the names that a seed makes: for people who need no household, only a name, such as those the module bench registers.
func Name(seed, i uint64) string {
	d := dice{rand.New(rand.NewPCG(seed, i))}
	return d.surname() + d.given(d.sex(), d.between(1935, 2015))
}

// surname is drawn as often as it is borne.
func (d dice) surname() string {
	at := d.IntN(1000)
	for _, s := range surnames {
		if at -= s.of; at < 0 {
			return s.name
		}
	}
	return string(rarer[d.IntN(len(rarer))])
}

// given is a given name after the fashion of the years somebody was born in; most have two characters.
func (d dice) given(sex ident.Sex, born int) string {
	of := map[bool][3][]rune{true: {oldMen, men, boys}, false: {oldWomen, women, girls}}[sex == ident.Male]
	from := of[1]
	switch {
	case born < 1965:
		from = of[0]
	case born >= 2005:
		from = of[2]
	}
	name := string(from[d.IntN(len(from))])
	if d.of(850) {
		name += string(from[d.IntN(len(from))])
	}
	return name
}
