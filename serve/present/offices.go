package present

// offices are the English names of the offices that the vocabulary names in the field's words. A test holds this list
// to the vocabulary.
var offices = map[string]string{
	"公安":     "police",
	"民政":     "civil affairs",
	"残联":     "disabled persons' federation",
	"卫健":     "health office",
	"卫计局":    "health and family planning bureau",
	"医保":     "medical insurance",
	"合医办":    "cooperative medical office",
	"医疗机构":   "medical institution",
	"药店":     "pharmacy",
	"村卫生室":   "village clinic",
	"乡镇":     "town",
	"村（居）委会": "village or neighbourhood committee",
	"扶贫办":    "poverty-relief office",
	"乡村振兴":   "rural revitalisation office",
	"教体局":    "education bureau",
	"人社":     "labour and social security",
	"移民服务中心": "relocation service centre",
	"县级部门":   "county department",
}
