package routing

// office is what cities usually have, under many names: the bureau that keeps the streets is 城市管理局 here,
// 城市管理和综合执法局 there and 行政执法局 in a third. A rule that names it by its usual name acts in all of them.
type office struct {
	usual   string   // by which rules name it
	names   []string // parts of a department's name that make it this office, the surest first
	said    []string // what writers call it
	instead []string // offices that have its duties where there is none, the likeliest first
}

// offices come from general knowledge of Chinese city governments before and after the reform of 2018. An office
// that is part of another stands before it.
var offices = []office{
	{"政府办公室", []string{"人民政府办公", "政府办公"}, nil, nil},
	{"督查室", []string{"督查"}, nil, []string{"政府办公室"}},
	{"政务服务局", []string{"政务服务", "行政审批", "公共行政服务", "行政服务中心", "大数据"}, []string{"政务大厅", "政务中心", "办事大厅"}, nil},
	{"信访局", []string{"信访"}, []string{"信访局"}, nil},
	{"交警支队", []string{"交警", "交通警察"}, []string{"交警"}, []string{"公安局"}},
	{"车管所", []string{"车管", "机动车", "车辆管理所"}, []string{"车管所"}, []string{"交警支队", "公安局"}},
	{"出入境管理局", []string{"出入境"}, []string{"出入境"}, []string{"公安局"}},
	{"公安局", []string{"公安"}, []string{"公安局", "派出所"}, nil},
	{"消防支队", []string{"消防"}, []string{"消防队", "消防支队"}, []string{"应急局"}},
	{"公积金中心", []string{"公积金"}, []string{"公积金中心", "公积金"}, nil},
	{"不动产登记中心", []string{"不动产", "房产交易", "交易发证", "权籍"}, []string{"不动产中心"}, []string{"自然资源局"}},
	{"住房保障中心", []string{"住房保障", "保障性住房"}, []string{"住房保障中心"}, []string{"房管局", "住建局"}},
	{"房管局", []string{"房管局", "房屋局", "房地产管理", "房产管理局", "房管", "房产管理", "物业"}, []string{"房管局", "房产局"}, []string{"住房保障中心", "住建局"}},
	{"社保局", []string{"社会保险", "社保"}, []string{"社保局", "社保中心"}, []string{"人社局"}},
	{"医保局", []string{"医疗保障", "医保", "医疗保险"}, []string{"医保局", "医保中心"}, []string{"人社局"}},
	{"人才中心", []string{"人才"}, []string{"人才中心"}, []string{"人社局"}},
	{"人社局", []string{"人力资源", "人社", "劳动和社会", "劳动局"}, []string{"人社局", "劳动局", "劳动监察"}, nil},
	{"园林局", []string{"园林"}, []string{"园林局", "园林处"}, []string{"城管局"}},
	{"环卫处", []string{"环境卫生", "环卫"}, []string{"环卫处", "环卫所"}, []string{"城管局"}},
	{"路灯处", []string{"路灯", "照明"}, []string{"路灯处"}, []string{"城管局"}},
	{"市政处", []string{"市政"}, []string{"市政处", "市政公司"}, []string{"城管局"}},
	{"排水处", []string{"排水"}, []string{"排水处"}, []string{"市政处", "城管局"}},
	{"城管局", []string{"城市管理", "城管", "综合执法", "行政执法", "执法局"}, []string{"城管"}, nil},
	{"生态环境局", []string{"生态环境", "环境保护", "环保"}, []string{"环保局", "环保部门", "生态环境局"}, nil},
	{"教育局", []string{"教育", "文教"}, []string{"教育局", "教委"}, nil},
	{"卫健委", []string{"卫生健康", "卫生和计划生育", "卫生计生", "卫计", "卫健", "卫生局"}, []string{"卫健委", "卫计委", "卫健局", "卫生局"}, nil},
	{"市监局", []string{"市场监督", "市场监管", "工商", "食品药品监督", "质量技术监督"}, []string{"市监局", "工商局", "食药监局", "市场监管局"}, nil},
	{"残联", []string{"残疾人联合会", "残联"}, []string{"残联"}, nil},
	{"退役军人局", []string{"退役军人"}, []string{"退役军人局"}, []string{"民政局"}},
	{"民政局", []string{"民政"}, []string{"民政局"}, nil},
	{"自然资源局", []string{"自然资源", "国土资源", "国土", "规划"}, []string{"国土局", "规划局", "自规局", "自然资源局"}, nil},
	{"住建局", []string{"住房和城乡建设", "城乡建设委", "城乡建设局", "住建", "城建局", "城市建设", "建设局"}, []string{"住建局", "住建委", "建设局", "建委", "城建局"}, nil},
	{"公交公司", []string{"公交", "公共汽车", "公共交通"}, []string{"公交公司", "公交集团"}, []string{"交通局"}},
	{"地铁公司", []string{"地铁", "轨道交通"}, []string{"地铁公司", "地铁集团"}, []string{"交通局"}},
	{"交通局", []string{"交通运输", "交通局", "道路运输", "运输管理", "公路"}, []string{"交通局", "运管处", "运管所", "公路局"}, nil},
	{"供水公司", []string{"自来水", "供水", "水务集团", "水务公司", "水务有限"}, []string{"自来水公司", "水务集团", "供水公司", "水务公司"}, []string{"水利局"}},
	{"水利局", []string{"水利", "水务局"}, []string{"水利局", "水务局"}, nil},
	{"供电公司", []string{"供电", "电力公司", "电业"}, []string{"供电公司", "供电局", "电业局", "国家电网"}, nil},
	{"燃气公司", []string{"燃气", "天然气", "煤气"}, []string{"燃气公司", "煤气公司", "天然气公司"}, nil},
	{"供热办", []string{"供热", "供暖", "热力"}, []string{"供热办", "供热公司", "热电厂", "供暖公司"}, []string{"住建局"}},
	{"农业农村局", []string{"农业农村", "农村经济", "农业", "农委"}, []string{"农业局", "农业农村局", "农委"}, nil},
	{"林业局", []string{"林业"}, []string{"林业局"}, []string{"自然资源局"}},
	{"文旅局", []string{"文化旅游", "文化和旅游", "文旅", "文化广", "文体", "旅游", "旅发", "文化局"}, []string{"文旅局", "旅游局", "文化局", "文广新局"}, nil},
	{"体育局", []string{"体育局", "体育"}, []string{"体育局"}, []string{"文旅局"}},
	{"商务局", []string{"商务"}, []string{"商务局"}, nil},
	{"税务局", []string{"税务", "地税", "国税"}, []string{"税务局", "地税局", "国税局", "税务所"}, nil},
	{"发改委", []string{"发展和改革", "发展改革", "发改", "物价"}, []string{"发改委", "发改局", "物价局"}, nil},
	{"工信局", []string{"工业和信息", "经济和信息", "工信", "经信"}, []string{"工信局", "经信委"}, nil},
	{"通信管理局", []string{"通信管理"}, []string{"通信管理局", "通管局"}, []string{"工信局"}},
	{"邮政管理局", []string{"邮政"}, []string{"邮政局", "邮管局"}, nil},
	{"科技局", []string{"科学技术", "科技"}, []string{"科技局"}, nil},
	{"金融办", []string{"金融"}, []string{"金融办", "金融局"}, []string{"发改委"}},
	{"国资委", []string{"国有资产", "国资"}, []string{"国资委"}, nil},
	{"司法局", []string{"司法局", "司法"}, []string{"司法局"}, nil},
	{"民宗局", []string{"民族宗教", "民宗", "民族事务"}, []string{"民宗局", "民委"}, nil},
	{"财政局", []string{"财政"}, []string{"财政局"}, nil},
	{"应急局", []string{"应急管理", "安全生产"}, []string{"应急局", "安监局", "应急管理局"}, nil},
	{"审计局", []string{"审计"}, []string{"审计局"}, nil},
	{"统计局", []string{"统计"}, []string{"统计局"}, nil},
	{"气象局", []string{"气象"}, []string{"气象局"}, nil},
	{"人防办", []string{"人民防空", "人防"}, []string{"人防办"}, []string{"住建局"}},
	{"港口局", []string{"港口", "口岸"}, []string{"港口局", "港务局"}, []string{"交通局"}},
	{"海洋局", []string{"海洋", "渔业"}, []string{"海洋局", "渔业局"}, []string{"农业农村局"}},
}

// officeOf finds offices by their usual names.
var officeOf = func() map[string]int {
	m := make(map[string]int, len(offices))
	for i, o := range offices {
		m[o.usual] = i
	}
	return m
}()
