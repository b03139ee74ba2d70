package intake

// headerSynonyms are the headers that real files use for each field, most telling first. A header is
// compared in lower case without spaces, signs and brackets.
var headerSynonyms = [fieldCount][]string{
	fieldNumber: {
		"受理编号", "信件编号", "留言编号", "工单编号", "办件编号", "工单号", "编号", "单号", "流水号", "序号",
		"number", "casenumber", "ticket", "ticketid", "caseid", "id", "no",
	},
	fieldChannel:     {"来信渠道", "受理渠道", "信件来源", "诉求来源", "来源渠道", "渠道", "来源", "channel", "via"},
	fieldKind:        {"信件类型", "诉求类型", "信件类别", "诉求类别", "来信类型", "类型", "类别", "kind", "type", "category"},
	fieldTopic:       {"主题分类", "一级标签", "一级分类", "问题分类", "内容分类", "分类", "topic", "subjectarea"},
	fieldDistrict:    {"所属区县", "所属区域", "事发区域", "所在区域", "区县", "辖区", "区域", "地区", "district", "area", "ward"},
	fieldTitle:       {"反映标题", "信件标题", "留言主题", "来信标题", "诉求标题", "标题", "主题", "题目", "title", "subject"},
	fieldBody:        {"反映内容", "信件内容", "留言详情", "留言内容", "来信内容", "诉求内容", "问题描述", "内容", "正文", "详情", "body", "text", "content", "description", "message", "letter"},
	fieldDepartment:  {"受理单位", "承办单位", "办理单位", "主办单位", "答复单位", "责任单位", "回复单位", "承办部门", "办理部门", "处理部门", "单位", "部门", "department", "agency", "unit"},
	fieldWriterName:  {"来信人", "来信人姓名", "写信人", "诉求人", "留言人", "联系人", "姓名", "writer", "name", "sender"},
	fieldWriterPhone: {"联系电话", "手机号码", "手机号", "电话号码", "来电号码", "手机", "电话", "phone", "telephone", "mobile", "tel"},
	fieldWriterEmail: {"电子邮箱", "电子邮件", "邮箱地址", "邮箱", "email", "mail"},
	fieldStatus:      {"处理状态", "办理状态", "信件状态", "受理状态", "工单状态", "状态", "status", "state"},
	fieldReceived:    {"反映时间", "来信时间", "留言时间", "写信时间", "提交时间", "受理时间", "登记时间", "来信日期", "创建时间", "接收时间", "received", "receivedat", "created", "createdat", "submitted", "date"},
	fieldRouted:      {"转办时间", "派单时间", "交办时间", "分办时间", "转办日期", "routed", "routedat", "assigned", "assignedat"},
	fieldReplied:     {"反馈时间", "答复时间", "回复时间", "办结时间", "答复日期", "回复日期", "replied", "repliedat", "answered", "answeredat", "closed", "closedat"},
	fieldReply:       {"答复内容", "答复意见", "回复内容", "办理结果", "反馈内容", "处理结果", "答复", "回复", "reply", "answer", "response"},
	fieldRating:      {"满意度评价", "满意度", "评价结果", "满意情况", "评价", "rating", "satisfaction"},
	fieldResolved:    {"是否解决", "解决情况", "resolved"},
	fieldValid:       {"是否有效", "有效信件", "valid"},
	fieldDuplicate:   {"是否重复", "重复件", "duplicate"},
}

// kindSynonyms, statusSynonyms, ratingSynonyms and channelSynonyms are the words real files use.
var (
	kindSynonyms = map[string]string{
		"咨询": "consultation", "咨询类": "consultation", "问询": "consultation",
		"投诉": "complaint", "投诉类": "complaint", "信访": "complaint",
		"建议": "suggestion", "建议类": "suggestion", "意见": "suggestion", "意见建议": "suggestion", "建言": "suggestion",
		"求助": "help", "求助类": "help", "求决": "help", "求决类": "help",
		"举报": "tipoff", "举报类": "tipoff", "检举": "tipoff",
		"表扬": "praise", "表扬类": "praise", "感谢": "praise",
		"其他": KindUnspecified, "其它": KindUnspecified, "未分类": KindUnspecified,
		"question": "consultation", "inquiry": "consultation", "request": "help", "idea": "suggestion",
		"thanks": "praise", "compliment": "praise", "other": KindUnspecified,
	}
	statusSynonyms = map[string]string{
		"已办结": StatusAnswered, "办结": StatusAnswered, "已答复": StatusAnswered, "已回复": StatusAnswered,
		"已反馈": StatusAnswered, "已处理": StatusAnswered, "已完成": StatusAnswered, "已归档": StatusAnswered, "待评价": StatusAnswered,
		"办理中": StatusOpen, "处理中": StatusOpen, "待办理": StatusOpen, "待处理": StatusOpen, "待受理": StatusOpen,
		"待审核": StatusOpen, "已受理": StatusOpen, "已转办": StatusOpen, "待回复": StatusOpen, "待答复": StatusOpen, "未办结": StatusOpen,
		"不予受理": StatusDeclined, "不受理": StatusDeclined, "无效": StatusDeclined,
		"已撤回": StatusWithdrawn, "撤回": StatusWithdrawn, "已撤销": StatusWithdrawn,
		"重复": StatusMerged, "重复件": StatusMerged, "已合并": StatusMerged,
		"closed": StatusAnswered, "done": StatusAnswered, "replied": StatusAnswered, "resolved": StatusAnswered,
		"pending": StatusOpen, "in progress": StatusOpen, "new": StatusOpen, "rejected": StatusDeclined,
		"cancelled": StatusWithdrawn, "duplicate": StatusMerged,
	}
	ratingSynonyms = map[string]string{
		"非常满意": "very_satisfied", "很满意": "very_satisfied", "5": "very_satisfied",
		"满意": "satisfied", "4": "satisfied",
		"基本满意": "basically_satisfied", "一般": "basically_satisfied", "3": "basically_satisfied",
		"不满意": "dissatisfied", "2": "dissatisfied",
		"非常不满意": "very_dissatisfied", "很不满意": "very_dissatisfied", "1": "very_dissatisfied",
	}
	channelSynonyms = map[string]string{
		"市长信箱": "mailbox", "咨询投诉": "consult", "网友留言": "message", "网站找错": "site_error", "政府网站找错": "site_error",
		"邮件": "email", "电子邮件": "email", "12345": "hotline", "12345热线": "hotline", "热线": "hotline", "电话": "hotline",
		"微信": "wechat", "公众号": "wechat",
	}
)

// guessedDates are the notations tried on the values of date columns, the strictest first.
var guessedDates = []string{
	plainNotation, "YYYY-MM-DD hh:mm", "YYYY-MM-DD", "YYYY-MM-DDThh:mm:ss", "YYYY-MM-DD hh:mm:ss.f",
	"Y-M-D h:m:s", "Y-M-D h:m", "Y-M-D", "Y/M/D h:m:s", "Y/M/D h:m", "Y/M/D",
	"Y.M.D h:m:s", "Y.M.D h:m", "Y.M.D", "Y年M月D日 h:m:s", "Y年M月D日 h:m", "Y年M月D日", "Y年M月D日 h时m分s秒", "Y年M月D日h时m分",
	"YYYYMMDDhhmmss", "YYYYMMDD",
}
